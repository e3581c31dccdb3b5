// `o2v-tune doctor`: is this machine fit for tuning, and what is to be done where it is not?
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "orchestrator/doctor_facts.hpp"

namespace o2v::orchestrator {

enum class Severity { ok, note, warning, problem };
std::string to_text(Severity severity);

struct Finding {
    Severity severity = Severity::ok;
    std::string subject;  // "BLAS"
    std::string found;    // a sentence
    std::string advice;   // what to do; empty = nothing
    bool operator==(const Finding&) const = default;
};
using Findings = std::vector<Finding>;

// What the facts mean. Never empty.
Findings judge(const WorkerFacts& facts);
Findings judge(const CoreFacts& facts);
// `worker`: what LibTorch makes of the GPUs.
Findings judge(const GpuFacts& facts, const WorkerFacts& worker);
Findings judge(const MemoryFacts& facts);
Findings judge(const FolderFacts& facts);
Findings judge(const EnvironmentFacts& facts);
Findings judge(const EnergyFacts& facts);
Findings judge(const LimitFacts& facts);
Findings judge(const Holders& others);

struct DoctorReport {
    Findings findings;
    Severity worst() const;
};
// Measures everything (a few seconds) and judges it. `folder`: where studies are to be kept; it need not
// exist, and then the nearest folder above it is examined.
DoctorReport examine_machine(const std::string& folder);

// A line a finding ("ok       cores     ..."), under it what to do, and a sentence in all.
std::string report_text(const DoctorReport& report, bool colour);
// {"worst", "findings": [{"severity", "subject", "found", "advice"}]}.
nlohmann::json report_json(const DoctorReport& report);

}  // namespace o2v::orchestrator
