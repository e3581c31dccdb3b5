// promote: a trial's model becomes the one in use.
#include <fmt/format.h>

#include <memory>

#include "model/data/shown_path.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/model_versions.hpp"
#include "orchestrator/refit.hpp"
#include "orchestrator/registry.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

struct Options {
    TrialId trial = -1;
    std::string run, as;
    bool force = false, refit = false, no_refit = false, share = false, json = false;
};

class Notes final : public orc::StudyObserver {
  public:
    void note(const std::string& sentence) override { fmt::print(stderr, "{}\n", sentence); }
};

TrialId trial_of(const Options& options, const orc::StoredStudy& stored) {
    if (options.trial >= 0) return options.trial;
    const Trial* winner = orc::chosen_for_promotion(stored.study);
    if (!winner) throw InputError(stored.folder.path(), "", "no trial has completed yet");
    return winner->id;
}

void print(const Options& options, TrialId trial, const orc::PromotedModel& model) {
    if (options.json) {
        fmt::print("{}\n", nlohmann::json{{"trial", trial},
                                          {"version", model.version},
                                          {"path", model.path},
                                          {"current", model.current},
                                          {"already", model.already},
                                          {"compared", model.compared}}
                               .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
        return;
    }
    fmt::print("trial {} is {} version {}{}\n", trial, data::shown_path(model.current), model.version,
               model.already ? " already" : "");
    if (!model.compared.empty()) fmt::print("{}\n", model.compared);
}

int promote(const Options& options) {
    const orc::StoredStudy stored = open_run(options.run);
    const orc::Promotion planned =
        stored.experiment.promote.value_or(orc::Promotion{stored.study.spec().name});
    const bool refits = options.refit || (planned.refit && !options.no_refit);
    orc::PromotionRequest request;
    request.trial = trial_of(options, stored);
    request.as = options.as.empty() ? planned.as : options.as;
    request.mode = planned.mode;
    request.force = options.force;
    if (!orc::is_plain_name(request.as)) throw InputError("--as", request.as, orc::kPlainName);
    orc::promotable(stored, request.trial);

    std::optional<orc::PromotedModel> model = orc::already_promoted(stored, request, refits);
    if (!model) {
        std::optional<orc::Refit> again;
        if (refits) {
            Notes notes;
            const orc::TakenSlots taken = orc::take_refit_slot(stored.experiment, options.share);
            again = orc::refit(stored, request.trial, taken.lease.slots.front(), notes);
            if (!again) {
                notes.note("interrupted; the same command continues");
                return kInterrupted;
            }
        }
        model = orc::promote(stored, request, again);
        if (again) orc::remove_refit(stored.folder, request.trial);
    }
    print(options, request.trial, *model);
    return kDone;
}

}  // namespace

void add_promote(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("promote", "make a trial's model the one in use");
    auto options = std::make_shared<Options>();
    command->add_option("TRIAL", options->trial, "the trial's number (default: the winner)")
        ->check(CLI::NonNegativeNumber);
    add_run_option(*command, "--run", options->run);
    command->add_option("--as", options->as, "name of the promoted model (default: as the experiment says)");
    command->add_flag("--force", options->force,
                      "also when it is worse than the current model on the same data");
    auto* refit = command->add_flag("--refit", options->refit,
                                    "train it again on train + validation first (default: as the experiment "
                                    "says)");
    command->add_flag("--no-refit", options->no_refit, "promote the trial's own model")->excludes(refit);
    add_share(*command, options->share);
    command->add_flag("--json", options->json, "for programs");
    command->footer(
        "The winner is the best trial; with several goals the one of the Pareto front nearest to the ideal "
        "point.\n"
        "A model that is worse than the current one on the same test data (without a test set: validation "
        "data)\n"
        "by the study's goal is refused. Exit codes: 0 promoted, 1 refused or failed, 2 bad input, 130 the "
        "refit\n"
        "was interrupted (the same command continues it).\n\n"
        "Example:\n  o2v-tune promote 7 --run wordnet --as wordnet\n");
    command->callback([options, &exit_code] { exit_code = promote(*options); });
}

}  // namespace o2v::cli
