#include <fmt/format.h>
#include <unistd.h>

#include <memory>

#include "model/data/shown_path.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/training.hpp"
#include "reports/leaderboard.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

struct Options {
    orc::TrainingRequest request;
    bool quiet = false;
};

void print_outcome(const Options& options, const orc::RunReport& report, bool before) {
    const auto& done = std::get<Completed>(*report.study.trial(0).ending);
    const std::string model = report.promoted ? data::shown_path(report.promoted->current) : "";
    if (options.quiet) {
        if (!report.not_promoted.empty()) fmt::print("{}\n", report.not_promoted);
        fmt::print("{}{}\n", model.empty() ? "" : model + ": ", reports::metrics_text(done.metrics));
        return;
    }
    if (before) fmt::print("trained before; --fresh trains anew\n");
    fmt::print("epoch {} is kept: {}\n", done.best_epoch, reports::metrics_text(done.metrics));
    if (model.empty()) return;
    fmt::print("model: {} (version {})\n", model, report.promoted->version);
    fmt::print("next: o2v-tune predict {} --in0 \"...\" --in1 \"...\"\n", model);
}

int train(const Options& options) {
    const orc::RunPlan plan = orc::plan_training(options.request);
    const auto screen = orc::make_training_screen(
        {orc::facts_of(plan), options.quiet, options.quiet ? std::nullopt : terminal_width(STDERR_FILENO)});
    const bool before = !options.request.fresh && plan.folder.has_study() &&
                        orc::load_study(plan.folder).study.count(TrialState::completed) > 0;
    const orc::RunReport report = orc::run_training(options.request, plan, *screen);
    if (report.result.end == orc::RunEnd::interrupted) {
        if (!options.quiet) fmt::print("interrupted; the same command continues\n");
        return kInterrupted;
    }
    if (report.study.count(TrialState::completed) == 0)
        throw std::runtime_error(
            "the training has not completed: " +
            reports::event_sentence(report.study, TrialEnded{0, *report.study.trial(0).ending}) +
            "; --fresh trains anew");
    print_outcome(options, report, before);
    return kDone;
}

}  // namespace

void add_train(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("train", "train one model without a search, or continue its training");
    auto options = std::make_shared<Options>();
    orc::TrainingRequest& request = options->request;
    command
        ->add_option("FILE", request.file,
                     "experiment file (JSON); search, budget and objective may be absent")
        ->required();
    command
        ->add_option("--set", request.settings,
                     "name=value of a hyperparameter (repeatable): every searched one needs a value, fixed "
                     "ones may get another")
        ->allow_extra_args(false);
    command->add_option("--out", request.out, "the training's folder (default runs/NAME-train)");
    command->add_option("--as", request.as, "name of the promoted model (default NAME-train)");
    command->add_option("--device", request.device, "cpu or cuda:N (default: the file's first slot)");
    command->add_option("--threads", request.threads, "threads, and cores, in place of the file's")
        ->check(CLI::PositiveNumber);
    command->add_option("--seed", request.seed, "in place of the file's");
    command->add_flag("--fresh", request.fresh,
                      "train anew; an earlier training is kept in NAME-train.1, ...");
    add_share(*command, request.share);
    command->add_flag("--quiet", options->quiet, "only the result");
    command->footer(
        "Prints SageMaker's metric lines (#quality_metric, #progress_metric, #throughput_metric, "
        "#test_score),\n"
        "also into logs/train.log. The same command continues a training that was interrupted.\n\n"
        "Example:\n  o2v-tune train experiments/wordnet.json --set learning_rate=0.006 --set enc_dim=200 "
        "--set mlp_layers=0\n"
        "      --set dropout=0.7 --set mini_batch_size=64\n");
    command->callback([options, &exit_code] { exit_code = train(*options); });
}

}  // namespace o2v::cli
