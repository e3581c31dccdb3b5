#include "orchestrator/doctor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "orchestrator/slot_locks.hpp"
#include "search/study/errors.hpp"
#include "worker/host/environment.hpp"

namespace o2v::orchestrator {
namespace {

constexpr const char* kColours[] = {"\033[32m", "\033[36m", "\033[33m", "\033[1;31m"};
constexpr const char* kPlain = "\033[0m";

std::string verdict(Severity worst) {
    switch (worst) {
        case Severity::problem:
            return "there are problems: runs on this machine will fail or be wrong";
        case Severity::warning:
            return "fit for tuning; the warnings cost time or safety";
        default:
            return "fit for tuning";
    }
}

}  // namespace

std::string to_text(Severity severity) {
    constexpr const char* kNames[] = {"ok", "note", "warning", "problem"};
    return kNames[static_cast<std::size_t>(severity)];
}

Severity DoctorReport::worst() const {
    Severity worst = Severity::ok;
    for (const Finding& finding : findings) worst = std::max(worst, finding.severity);
    return worst;
}

DoctorReport examine_machine(const std::string& folder) {
    DoctorReport report;
    const auto add = [&report](Findings findings) {
        for (Finding& finding : findings) report.findings.push_back(std::move(finding));
    };
    const Topology topology = read_topology();
    const WorkerFacts worker = measure_worker();
    add(judge(worker));
    add(judge(measure_cores(topology)));
    add(judge(measure_gpus(topology), worker));
    add(judge(measure_memory(topology)));
    add(judge(measure_folder(folder)));
    add(judge(measure_environment(worker::own_environment())));
    add(judge(measure_energy(topology)));
    add(judge(measure_limits(topology)));
    try {
        add(judge(current_holders(lock_folder())));
    } catch (const StorageError& e) {
        add({{Severity::warning, "other runs", e.what(), "end that process, or name another O2V_LOCKS"}});
    }
    return report;
}

std::string report_text(const DoctorReport& report, bool colour) {
    std::size_t widest = 0;
    for (const Finding& finding : report.findings) widest = std::max(widest, finding.subject.size());
    std::string text;
    for (const Finding& finding : report.findings) {
        const char* begin = colour ? kColours[static_cast<std::size_t>(finding.severity)] : "";
        const char* end = colour ? kPlain : "";
        text += fmt::format("{}{:<7}{}  {:<{}}  {}\n", begin, to_text(finding.severity), end, finding.subject,
                            widest, finding.found);
        if (!finding.advice.empty())
            text += fmt::format("{:<9}{:<{}}  -> {}\n", "", "", widest, finding.advice);
    }
    return text + verdict(report.worst()) + '\n';
}

nlohmann::json report_json(const DoctorReport& report) {
    nlohmann::json findings = nlohmann::json::array();
    for (const Finding& finding : report.findings)
        findings.push_back({{"severity", to_text(finding.severity)},
                            {"subject", finding.subject},
                            {"found", finding.found},
                            {"advice", finding.advice}});
    return {{"worst", to_text(report.worst())}, {"findings", std::move(findings)}};
}

}  // namespace o2v::orchestrator
