#include <sys/ioctl.h>
#include <unistd.h>

#include <filesystem>

#include "orchestrator/cli/commands.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {

std::optional<int> terminal_width(int fd) {
    if (!isatty(fd)) return std::nullopt;
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

orchestrator::TerminalSize terminal_size() {
    orchestrator::TerminalSize size;
    winsize told{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &told) != 0) return size;
    if (told.ws_col > 0) size.columns = told.ws_col;
    if (told.ws_row > 0) size.rows = told.ws_row;
    return size;
}

void check_output(const std::string& path) {
    if (std::filesystem::is_directory(path))
        throw InputError("--output", path, "is a folder; name a file in it");
}

void add_run_option(CLI::App& command, const std::string& name, std::string& run) {
    command.add_option(name, run, "a study's folder or its name under runs/ (default: the latest)");
}

void add_trial(CLI::App& command, TrialId& trial) {
    command.add_option("TRIAL", trial, "the trial's number")->required()->check(CLI::NonNegativeNumber);
}

void add_share(CLI::App& command, bool& share) {
    command.add_flag("--share", share, "use cores and GPUs that other runs on this machine hold, too")
        ->envname("O2V_SHARE_CORES");
}

orchestrator::RunFolder latest_run() {
    const auto runs = orchestrator::list_runs();
    if (runs.empty())
        throw InputError(
            "runs/", "",
            "there are no studies here; start one with `o2v-tune run EXPERIMENT`, or name a folder");
    return runs.front();
}

orchestrator::StoredStudy open_run(const std::string& run) {
    return orchestrator::load_study(run.empty() ? latest_run() : orchestrator::find_run(run));
}

}  // namespace o2v::cli
