// "limits", "reproducible" and "window" of an experiment.
#include "orchestrator/experiment_checks.hpp"

namespace o2v::orchestrator {
namespace {

constexpr int kMostSideBySide = 10000;
constexpr int kUsualWindow = 8;

}  // namespace

TrialLimits read_limits(const nlohmann::json& json, const std::string& where,
                        std::vector<Problem>& problems) {
    TrialLimits limits;
    JsonFields fields(json, where, problems);
    limits.trial_time = fields.duration("trial_time");
    limits.epoch_time = fields.duration("epoch_time");
    if (const auto silence = fields.duration("silence")) {
        limits.silence = *silence;
        if (*silence < std::chrono::seconds(5))
            fields.report("silence", "must be at least 5 seconds: a worker is heard of every second");
    }
    limits.memory_bytes = fields.bytes("memory");
    if (const auto growth = fields.bytes("memory_growth")) limits.memory_growth_bytes = *growth;
    limits.trials_per_worker = fields.integer("trials_per_worker", 1, 1'000'000'000);
    fields.finish();
    return limits;
}

void read_reproducible(JsonFields& fields, Experiment& experiment) {
    experiment.reproducible = fields.boolean("reproducible").value_or(false);
    const auto window = fields.integer("window", 1, kMostSideBySide);
    if (!experiment.reproducible) {
        if (window) fields.report("window", "goes with \"reproducible\": true only");
        return;
    }
    const SlotsRequest& slots = experiment.resources.slots;
    if (window)
        experiment.window = static_cast<int>(*window);
    else if (const auto& slurm = experiment.resources.slurm)
        experiment.window = slurm->pilots;
    else if (const auto* count = std::get_if<int>(&slots))
        experiment.window = *count;
    else if (const auto* list = std::get_if<std::vector<SlotRequest>>(&slots))
        experiment.window = static_cast<int>(list->size());
    else  // what "auto" comes to is the machine's, and the study is to be the file's
        experiment.window = kUsualWindow;
}

}  // namespace o2v::orchestrator
