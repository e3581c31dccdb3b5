// An experiment file: raw JSON in, a complete and checked Experiment out.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "orchestrator/storage.hpp"
#include "search/study/study.hpp"
#include "worker/protocol/messages.hpp"

namespace o2v::orchestrator {

struct SlotRequest {
    std::string device = "cpu";  // "cpu" or "cuda:N", of several GPUs "cuda:N,cuda:M"
    std::vector<int> cores;      // empty = chosen
    bool operator==(const SlotRequest&) const = default;
};
struct AutoSlots {
    bool operator==(const AutoSlots&) const = default;
};
using SlotsRequest = std::variant<AutoSlots, int, std::vector<SlotRequest>>;

// Trials on a cluster: pilots, which are jobs of Slurm.
struct SlurmResources {
    int pilots = 1;
    int gpus = 0, cores = 1;          // of one pilot; several GPUs train one trial together
    std::string memory;               // as sbatch takes it; empty = the site's
    std::string partition, time;      // empty = the site's
    std::vector<std::string> sbatch;  // further arguments
    std::string address;  // "host" or "host:port" for pilots to connect to; empty = all of this machine's
    bool tls = false;
    std::string programs;            // folder of o2v-pilot and the worker on the nodes; empty = as here
    std::chrono::seconds idle{300};  // a pilot without a trial for so long is released
    bool operator==(const SlurmResources&) const = default;
};

// "8 pilots of Slurm, each 4 cores, 1 GPU, 16G of memory".
std::string pilots_text(const SlurmResources& slurm);

struct Resources {
    SlotsRequest slots = AutoSlots{};
    int threads = 1;  // of one device's worker; a CPU slot leases as many cores
    // One training spreads over so many GPUs, or over so many times `threads` cores.
    int devices_per_trial = 1;
    int trials_per_gpu = 1;                 // slots that share one GPU; not together with devices_per_trial
    std::optional<SlurmResources> slurm{};  // instead of slots of this machine
    bool operator==(const Resources&) const = default;
};

// The same with one slot: the first of those listed. Another device, or other threads, let its cores be
// chosen anew.
Resources one_slot(const Resources& resources, const std::optional<std::string>& device = std::nullopt,
                   const std::optional<int>& threads = std::nullopt);

// "cuda:0,cuda:2" -> {"cuda:0", "cuda:2"}.
std::vector<std::string> gpu_names(const std::string& device);

// What a trial and its worker may take; absent = no limit.
struct TrialLimits {
    std::optional<std::chrono::milliseconds>
        trial_time{};  // of training, all attempts together: then it fails
    std::optional<std::chrono::milliseconds> epoch_time{};  // of one epoch: then the attempt fails
    // A worker that has not been heard of for so long is given up, and with it the attempt.
    std::chrono::milliseconds silence{60'000};
    // Of the worker process: over it, the attempt fails as out of memory.
    std::optional<std::int64_t> memory_bytes{};
    // A worker that has grown by more than this since its first trial is replaced after the next one.
    std::int64_t memory_growth_bytes = std::int64_t{2} << 30;
    std::optional<std::int64_t> trials_per_worker{};  // then it is replaced
    bool operator==(const TrialLimits&) const = default;
};

struct Promotion {
    std::string as;                       // name of the promoted model
    std::string mode = "classification";  // or "embedding": what the model is for
    bool refit = false;                   // the winner is trained again on train + validation first
    bool operator==(const Promotion&) const = default;
};

struct Experiment {
    std::string file;  // absolute path it was read from
    std::string description;
    StudySpec study;
    std::string problem;            // synthetic objective
    protocol::CommandSpec command;  // another program as the objective
    protocol::DataPaths data;
    protocol::Keep keep = protocol::Keep::loss;
    Resources resources;
    TrialLimits limits;
    Durability durability = Durability::second;
    // The study is a function of this file, the data and the seed: its trials see each other as if `window`
    // of them ran side by side and every epoch took equally long (virtual_order.hpp).
    bool reproducible = false;
    int window = 0;  // 0 when it is not reproducible
    std::optional<Promotion> promote;
    std::vector<std::string> notify;      // program and arguments, run when a run ends; empty = none
    std::vector<std::string> warm_start;  // earlier studies as written; `study.prior` is what they found out

    // Does it train Object2Vec on `data`, being neither of the two above?
    bool trains() const { return problem.empty() && command.empty(); }
    // Are its trials another program's, which asks and tells (ask_tell.hpp)? Then data, problem and command
    // are empty.
    bool is_asked() const { return trains() && data.train.empty(); }
};

// Can it name a folder? What it must be is kPlainName.
bool is_plain_name(const std::string& name);
inline constexpr const char* kPlainName =
    "must be 1 to 100 letters, digits, dots, hyphens or underscores: it names a folder";

// Where an experiment comes from. Of a draft its person has more to say: whether its parameters fit together
// is left unchecked. A stored one has been checked when its study was created: that and the schema are left
// out. An asked one is of trials that another program runs: its parameters have any names, all of it but the
// space may be left out, and what says how trials are run (data, problem, resources, promote) counts for
// nothing.
enum class Origin { person, draft, stored, asked };

// Reads and checks everything that can be checked without reading the data. Relative data paths are taken
// from the file's folder. Throws InputError with all problems at once, each with file, JSON path, value, what
// is allowed and, for a misspelt name, the nearest right one.
Experiment load_experiment(const std::string& file, Origin origin = Origin::person);
// The same from JSON that is already parsed; `file` names it in messages.
Experiment parse_experiment(const nlohmann::json& json, const std::string& file,
                            Origin origin = Origin::person);

// The complete experiment with every default written out and absolute paths: what is stored with a study.
// Reading it with parse_experiment gives the same Experiment.
nlohmann::json to_json(const Experiment& experiment);

// What decides a study's trials, of two complete experiments: "/search/seed: 7 -> 8", one line a difference.
// Resources, promotion and description are free to change. An extension may change the budget, the space and
// what is enqueued (extension.hpp looks at those).
enum class Change { none, extension };
std::vector<std::string> differences(const nlohmann::json& before, const nlohmann::json& after,
                                     Change allowed);

// Is the command's program there and executable: at its path, seen from the command's folder, or by its name
// on PATH? Throws InputError when not. A name that parameters are part of is not looked at.
void check_program(const Experiment& experiment);

// The metrics an experiment's trials report whether asked or not: "validation:accuracy" ... Empty = unknown
// (a problem's is its own).
std::vector<std::string> reported_metrics(const Experiment& experiment);
// One of those, or a figure that a trial can measure when it is asked for (worker/protocol/figures.hpp).
bool can_report(const Experiment& experiment, const std::string& metric);
// What the study's objectives and constraints name.
std::vector<std::string> asked_metrics(const StudySpec& study);
// The goal of an experiment that names none: the least validation loss, or training loss without validation
// data. REQUIRES: it trains Object2Vec.
Goal loss_goal(const Experiment& experiment);

// The JSON Schema (draft-07) of experiment files, made from the same tables as the checks.
nlohmann::json experiment_schema();
// One line a violation of the schema, with its JSON path.
std::vector<std::string> schema_violations(const nlohmann::json& experiment);

}  // namespace o2v::orchestrator
