// reproduce: train a trial again, and compare.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/reproduce.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

struct Options {
    TrialId trial = 0;
    std::string run;
    bool json = false;
};

int reproduce(const Options& options) {
    const orc::StoredStudy stored = open_run(options.run);
    const bool live = terminal_width(STDERR_FILENO).has_value();
    const auto progress = [&](const Measurement& m) {
        if (!live) return;
        fmt::print(stderr, "\r\033[Kepoch {} ...", m.epoch);
        std::fflush(stderr);
    };
    const std::optional<orc::Reproduction> found = orc::reproduce(stored, options.trial, progress);
    if (live) fmt::print(stderr, "\r\033[K");
    if (!found) return kInterrupted;
    if (options.json)
        fmt::print("{}\n",
                   orc::to_json(*found).dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    else
        fmt::print("{}", orc::to_text(*found));
    return found->equal() ? kDone : kFailed;
}

}  // namespace

void add_reproduce(CLI::App& app, int& exit_code) {
    auto* command =
        app.add_subcommand("reproduce", "train a trial again from its record and compare, bit for bit");
    auto options = std::make_shared<Options>();
    add_trial(*command, options->trial);
    add_run_option(*command, "--run", options->run);
    command->add_flag("--json", options->json, "for programs");
    command->footer(
        "Compares every epoch's metrics, the final ones, and the weights where the model is still kept; "
        "what\n"
        "differs is shown with what has changed since. The study is not touched and may be running.\n"
        "Exit codes: 0 equal, 1 different, 2 bad input.\n\n"
        "Example:\n  o2v-tune reproduce 7 --run wordnet\n");
    command->callback([options, &exit_code] { exit_code = reproduce(*options); });
}

}  // namespace o2v::cli
