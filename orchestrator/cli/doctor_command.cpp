#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/doctor.hpp"

namespace o2v::cli {

namespace orc = o2v::orchestrator;

void add_doctor(CLI::App& app, int& exit_code) {
    auto* command =
        app.add_subcommand("doctor", "look this machine over, and say what to do about what is found");
    struct Options {
        std::string folder = "runs";
        bool json = false;
    };
    auto options = std::make_shared<Options>();
    command->add_option("--folder", options->folder, "where studies are to be kept (default runs)");
    command->add_flag("--json", options->json, "one JSON object");
    command->footer(
        "LibTorch and its BLAS (does it compute rightly, and how fast), cores and pinning, GPUs, memory, "
        "the\n"
        "disk that studies lie on, SQLite, the environment, limits, other runs. Takes a few seconds.\n"
        "Exit code 1 when there is a problem; warnings and notes leave it 0.\n\n"
        "Example:\n  o2v-tune doctor --folder /data/runs\n");
    command->callback([options, &exit_code] {
        const orc::DoctorReport report = orc::examine_machine(options->folder);
        if (options->json)
            fmt::print("{}\n", orc::report_json(report).dump(2, ' ', false,
                                                             nlohmann::json::error_handler_t::replace));
        else
            fmt::print("{}", orc::report_text(report, terminal_width() && !std::getenv("NO_COLOR")));
        exit_code = report.worst() == orc::Severity::problem ? kFailed : kDone;
    });
}

}  // namespace o2v::cli
