#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <thread>

#include "model/data/shown_path.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/trial_log.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

struct Options {
    TrialId trial = 0;
    std::string run;
    bool follow = false;
};

orc::TrialStanding standing(const orc::RunFolder& folder, TrialId trial) {
    const auto found = orc::standing_of(folder.database(), trial);
    if (!found)
        throw InputError("trial " + std::to_string(trial), "", "there is no such trial in " + folder.path());
    return *found;
}

bool has_ended(TrialState state) {
    return state == TrialState::completed || state == TrialState::pruned || state == TrialState::failed;
}

int tail(const Options& options) {
    constexpr std::chrono::milliseconds kLook{200};
    const orc::RunFolder folder = options.run.empty() ? latest_run() : orc::find_run(options.run);
    orc::TrialLog log(folder, options.trial);
    bool printed = false;
    for (;;) {
        // Asked before the log is read: what an ended trial has printed is all there then.
        const orc::TrialStanding now = standing(folder, options.trial);
        const bool last = !options.follow || has_ended(now.state) || orc::RunLock::holder(folder).empty();
        const std::string text = log.next(now);
        printed = printed || !text.empty();
        fmt::print("{}", text);
        std::fflush(stdout);
        if (last) break;
        std::this_thread::sleep_for(kLook);
    }
    if (!printed)
        fmt::print(stderr, "trial {} has printed nothing that is kept{}\n", options.trial,
                   log.file().empty() ? "" : " (" + data::shown_path(log.file()) + ")");
    return kDone;
}

}  // namespace

void add_tail(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("tail", "what a trial has printed");
    auto options = std::make_shared<Options>();
    add_trial(*command, options->trial);
    add_run_option(*command, "--run", options->run);
    command->add_flag("-f,--follow", options->follow, "go on until the trial ends");
    command->footer(
        "Of its latest attempt: output.log in its folder, where there is one, else its part of its worker's "
        "log. What a command has printed is kept while its trial is open, when it has failed, and when it is "
        "among\n"
        "the best.\n\n"
        "Example:\n  o2v-tune tail 7 --run wordnet -f\n");
    command->callback([options, &exit_code] { exit_code = tail(*options); });
}

}  // namespace o2v::cli
