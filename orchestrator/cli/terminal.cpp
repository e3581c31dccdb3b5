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

std::string shown_path(const std::string& path) {
    const std::string near =
        std::filesystem::path(path).lexically_proximate(std::filesystem::current_path()).string();
    return near.starts_with("..") ? path : near;
}

void add_share(CLI::App& command, bool& share) {
    command.add_flag("--share", share, "use cores and GPUs that other runs on this machine hold, too")
        ->envname("O2V_SHARE_CORES");
}

orchestrator::StoredStudy open_run(const std::string& run) {
    if (!run.empty()) return orchestrator::load_study(orchestrator::find_run(run));
    const auto runs = orchestrator::list_runs();
    if (runs.empty())
        throw InputError(
            "runs/", "",
            "there are no studies here; start one with `o2v-tune run EXPERIMENT`, or name a folder");
    return orchestrator::load_study(runs.front());
}

}  // namespace o2v::cli
