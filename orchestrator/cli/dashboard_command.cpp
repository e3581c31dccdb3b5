#include <fmt/format.h>
#include <sys/resource.h>

#include <memory>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/dashboard.hpp"
#include "reports/page.hpp"

namespace o2v::cli {
namespace {

// What runs studies goes first.
constexpr int kNiceness = 10;

int dashboard(const orchestrator::DashboardOptions& options) {
    setpriority(PRIO_PROCESS, 0, kNiceness);
    orchestrator::Dashboard dashboard(options);
    fmt::print("dashboard of {}: {}  (Ctrl-C ends it)\n", options.folder, dashboard.address());
    std::fflush(stdout);
    if (!dashboard.is_loopback())
        fmt::print(stderr,
                   "o2v-tune: warning: everybody who can reach {} can read the studies, their parameters and "
                   "logs\n",
                   dashboard.address());
    if (!reports::page_has_figures())
        fmt::print(
            stderr,
            "with tables only: this o2v-tune was built where the figures' library was not to be had\n");
    dashboard.run();
    return kDone;
}

}  // namespace

void add_dashboard(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("dashboard", "studies as a live page in a browser");
    auto options = std::make_shared<orchestrator::DashboardOptions>();
    command->add_option("--folder", options->folder, "the folder of studies, or one study's (default: runs)");
    command->add_option("--port", options->port, "0: any that is free (default: 8081)");
    auto* host = command->add_option("--host", options->host,
                                     "listen on this address; others than loopback let others look "
                                     "(default: 127.0.0.1)");
    command->footer(
        "Shows every study of the folder, those that run as they run: figures, trials, logs. It only looks, "
        "and may be\n"
        "started and ended at any time; studies that begin or vanish meanwhile do so on the page, too. From "
        "another\n"
        "machine, rather than --host: ssh -L 8081:localhost:8081 MACHINE.\n\n"
        "Example:\n  o2v-tune dashboard --port 8081\n");
    command->callback([options, host, &exit_code] {
        options->loopback_names_only = host->count() == 0;
        exit_code = dashboard(*options);
    });
}

}  // namespace o2v::cli
