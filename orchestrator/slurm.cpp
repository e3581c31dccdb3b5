#include "orchestrator/slurm.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <map>
#include <optional>
#include <sstream>

#include "orchestrator/json_fields.hpp"
#include "orchestrator/programs.hpp"
#include "orchestrator/slurm_command.hpp"

namespace o2v::orchestrator {
namespace {

constexpr const char* kDigits = "0123456789";

bool is_name(const std::string& text) {
    return !text.empty() &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") ==
               std::string::npos;
}

// A list of names, or an option, would stand for other jobs than those meant: for all of the user's, at
// worst.
std::string why_no_name(const std::string& name) {
    return "no job can be named \"" + name + "\": a name has letters, digits, '-', '_' and '.' only";
}

std::string script_of(const std::vector<std::string>& command) {
    std::string script = "#!/bin/sh\nexec";
    for (const std::string& argument : command) script += ' ' + shell_word(argument);
    return script + '\n';
}

std::vector<std::string> sbatch_arguments(const SlurmSubmission& s) {
    std::vector<std::string> all{"--parsable",
                                 "--no-requeue",
                                 "--export=ALL",
                                 "--job-name=" + s.name,
                                 "--nodes=1",
                                 "--ntasks=1",
                                 fmt::format("--array=0-{}", s.count - 1),
                                 fmt::format("--cpus-per-task={}", s.cores)};
    if (s.gpus > 0) all.push_back(fmt::format("--gres=gpu:{}", s.gpus));
    if (!s.memory.empty()) all.push_back("--mem=" + s.memory);
    if (!s.partition.empty()) all.push_back("--partition=" + s.partition);
    if (!s.time.empty()) all.push_back("--time=" + slurm_time(s.time));
    if (!s.log.empty()) all.push_back("--output=" + s.log);
    if (!s.folder.empty()) all.push_back("--chdir=" + s.folder);
    if (s.signal_seconds > 0) all.push_back(fmt::format("--signal=B:USR1@{}", s.signal_seconds));
    all.insert(all.end(), s.options.begin(), s.options.end());
    return all;
}

// Sites wrap sbatch and print more: the last line that is "ID" or "ID;CLUSTER" counts.
std::optional<std::string> job_id(const std::string& printed) {
    std::optional<std::string> id;
    std::istringstream lines(printed);
    for (std::string line; std::getline(lines, line);) {
        const std::size_t end = line.find_first_not_of(kDigits);
        if (end != 0 && !line.empty() && (end == std::string::npos || line[end] == ';'))
            id = line.substr(0, end);
    }
    return id;
}

// "ID|STATE|NODE|REASON", the reason with whatever it holds; nullopt for another line.
std::optional<SlurmJob> read_job(const std::string& line) {
    const std::size_t id = line.find('|');
    const std::size_t state = id == std::string::npos ? id : line.find('|', id + 1);
    const std::size_t node = state == std::string::npos ? state : line.find('|', state + 1);
    if (node == std::string::npos || id == 0 || state == id + 1) return std::nullopt;
    SlurmJob job{line.substr(0, id), line.substr(id + 1, state - id - 1), line.substr(node + 1),
                 line.substr(state + 1, node - state - 1)};
    if (std::string(kDigits).find(job.id.front()) == std::string::npos) return std::nullopt;
    if (job.reason == "None") job.reason.clear();
    return job;
}

// Makes `answer` an error when a line is none that was asked for.
std::vector<SlurmJob> read_jobs(SlurmAnswer& answer) {
    std::vector<SlurmJob> jobs;
    std::istringstream lines(answer.output);
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) continue;
        const auto job = read_job(line);
        if (!job) {
            answer.ok = false;
            answer.error = "squeue printed what cannot be read: " + one_sentence("squeue", line);
            return {};
        }
        jobs.push_back(*job);
    }
    return jobs;
}

}  // namespace

SlurmPhase slurm_phase(const std::string& state) {
    static const std::map<std::string, SlurmPhase, std::less<>> phases = {
        {"PENDING", SlurmPhase::waiting},       {"CONFIGURING", SlurmPhase::waiting},
        {"REQUEUED", SlurmPhase::waiting},      {"REQUEUE_HOLD", SlurmPhase::waiting},
        {"REQUEUE_FED", SlurmPhase::waiting},   {"RESV_DEL_HOLD", SlurmPhase::waiting},
        {"SPECIAL_EXIT", SlurmPhase::waiting},  {"RUNNING", SlurmPhase::running},
        {"SUSPENDED", SlurmPhase::running},     {"STOPPED", SlurmPhase::running},
        {"SIGNALING", SlurmPhase::running},     {"RESIZING", SlurmPhase::running},
        {"STAGE_OUT", SlurmPhase::ended},       {"COMPLETING", SlurmPhase::ended},
        {"COMPLETED", SlurmPhase::ended},       {"CANCELLED", SlurmPhase::ended},
        {"FAILED", SlurmPhase::ended},          {"TIMEOUT", SlurmPhase::ended},
        {"NODE_FAIL", SlurmPhase::ended},       {"PREEMPTED", SlurmPhase::ended},
        {"BOOT_FAIL", SlurmPhase::ended},       {"DEADLINE", SlurmPhase::ended},
        {"OUT_OF_MEMORY", SlurmPhase::ended},   {"REVOKED", SlurmPhase::ended},
        {"LAUNCH_FAILED", SlurmPhase::ended},   {"RECONFIG_FAIL", SlurmPhase::ended},
        {"POWER_UP_NODE", SlurmPhase::waiting},
    };
    const auto found = phases.find(state);
    return found == phases.end() ? SlurmPhase::unknown : found->second;
}

bool slurm_failed_to_launch(const SlurmJob& job) {
    std::string reason = job.reason;
    std::replace(reason.begin(), reason.end(), '_', ' ');  // as some versions of Slurm print it
    return slurm_phase(job.state) == SlurmPhase::waiting && reason == "launch failed requeued held";
}

Slurm::Slurm(boost::asio::io_context& io, std::chrono::milliseconds at_most) : io_(io), at_most_(at_most) {}
Slurm::~Slurm() = default;

void Slurm::run(SlurmRequest request, Answered answered) {
    const auto clear = [this] { std::erase_if(running_, [](const auto& one) { return one->is_over(); }); };
    clear();
    running_.push_back(std::make_shared<SlurmCommand>(
        io_, std::move(request), at_most_, [clear, answered = std::move(answered)](SlurmAnswer answer) {
            clear();
            answered(std::move(answer));
        }));
    running_.back()->start();
}

void Slurm::refuse(const std::string& why, Answered answered) {
    auto alive = std::weak_ptr<void>(alive_);
    boost::asio::post(io_, [alive, why, answered = std::move(answered)] {
        if (!alive.expired()) answered({false, "", why, false});
    });
}

void Slurm::submit(const SlurmSubmission& submission, Answered answered) {
    if (!is_name(submission.name)) return refuse(why_no_name(submission.name), std::move(answered));
    run({"sbatch", sbatch_arguments(submission), submission.environment, script_of(submission.command),
         false},
        [answered = std::move(answered)](SlurmAnswer answer) {
            if (const auto id = job_id(answer.output); answer.ok && id) {
                answer.output = *id;
            } else if (answer.ok) {
                answer.ok = false;
                answer.error = "sbatch ended well but printed no job's id: \"" +
                               one_sentence("sbatch", answer.output) + '"';
            }
            answered(std::move(answer));
        });
}

void Slurm::test(const SlurmSubmission& submission, Answered answered) {
    if (!is_name(submission.name)) return refuse(why_no_name(submission.name), std::move(answered));
    std::vector<std::string> arguments = sbatch_arguments(submission);
    arguments.push_back("--test-only");
    run({"sbatch", std::move(arguments), submission.environment, script_of(submission.command), true},
        [answered = std::move(answered)](SlurmAnswer answer) {
            if (answer.ok) answer.output = one_sentence("sbatch", answer.output);
            answered(std::move(answer));
        });
}

void Slurm::list(const std::string& name, Listed listed) {
    if (!is_name(name))
        return refuse(why_no_name(name),
                      [listed = std::move(listed)](SlurmAnswer answer) { listed(std::move(answer), {}); });
    run({"squeue",
         {"--noheader", "--array", "--states=all", "--format=%i|%T|%N|%r", "--name=" + name,
          fmt::format("--user={}", getuid())},
         {},
         "",
         false},
        [listed = std::move(listed)](SlurmAnswer answer) {
            std::vector<SlurmJob> jobs;
            if (answer.ok) jobs = read_jobs(answer);
            listed(std::move(answer), std::move(jobs));
        });
}

void Slurm::cancel(const std::string& name, const std::vector<std::string>& ids, Answered answered) {
    if (!is_name(name)) return refuse(why_no_name(name), std::move(answered));
    if (ids.empty())
        return run({"scancel", {"--name=" + name, fmt::format("--user={}", getuid())}, {}, "", false},
                   std::move(answered));
    // Ids alone may by now be another's jobs, and with --name (Slurm 22.05) one element's id cancels every
    // element that waits: so they are looked up first, and cancelled by id.
    list(name, [this, ids, answered = std::move(answered)](SlurmAnswer answer, std::vector<SlurmJob> jobs) {
        std::vector<std::string> living;
        for (const SlurmJob& job : jobs)
            if (slurm_phase(job.state) != SlurmPhase::ended &&
                std::find(ids.begin(), ids.end(), job.id) != ids.end())
                living.push_back(job.id);
        if (!answer.ok || living.empty()) return answered(std::move(answer));
        run({"scancel", std::move(living), {}, "", false}, answered);
    });
}

bool slurm_is_installed() {
    return find_on_path("sbatch") && find_on_path("squeue") && find_on_path("scancel");
}

std::string slurm_time(const std::string& text) {
    const bool has_unit = !text.empty() && std::string("smhdn").find(text.back()) != std::string::npos;
    const auto milliseconds = has_unit ? parse_duration_ms(text) : std::nullopt;
    return milliseconds ? std::to_string((*milliseconds + 59'999) / 60'000) : text;
}

}  // namespace o2v::orchestrator
