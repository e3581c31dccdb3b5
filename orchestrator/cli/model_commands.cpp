// promote: which trained model is the one in use.
#include <fmt/format.h>

#include <memory>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/registry.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

}  // namespace

void add_promote(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("promote", "make a trial's model the one in use");
    struct Options {
        TrialId trial = -1;
        std::string run, as;
    };
    auto options = std::make_shared<Options>();
    command->add_option("TRIAL", options->trial, "the trial's number (default: the best)")
        ->check(CLI::NonNegativeNumber);
    add_run_option(*command, "--run", options->run);
    command->add_option("--as", options->as, "name of the promoted model (default: as the experiment says)");
    command->footer("Example:\n  o2v-tune promote 7 --run wordnet --as wordnet\n");
    command->callback([options, &exit_code] {
        const orc::StoredStudy stored = open_run(options->run);
        const orc::Promotion planned =
            stored.experiment.promote.value_or(orc::Promotion{stored.study.spec().name, "classification"});
        TrialId trial = options->trial;
        if (trial < 0) {
            const Trial* best = stored.study.best();
            if (!best) throw InputError(stored.folder.path(), "", "no trial has completed yet");
            trial = best->id;
        }
        const std::string as = options->as.empty() ? planned.as : options->as;
        if (as.find('/') != std::string::npos || as.starts_with('.'))
            throw InputError("--as", as, "must be a plain name");
        const orc::PromotedModel model = orc::promote(stored.folder, stored.study, trial, as, planned.mode);
        fmt::print("trial {} is {} version {}{}\n", trial, shown_path(model.current), model.version,
                   model.already ? " already" : "");
        exit_code = kDone;
    });
}

}  // namespace o2v::cli
