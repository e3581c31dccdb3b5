// report: a study as one file to look at.
#include <fmt/format.h>

#include <memory>

#include "model/data/durable_file.hpp"
#include "model/data/shown_path.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/paged_study.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

struct Options {
    std::vector<std::string> runs;
    std::string output = "report.html";
};

std::vector<orc::RunFolder> folders_of(const std::vector<std::string>& runs) {
    if (runs.empty()) return {latest_run()};
    std::vector<orc::RunFolder> folders;
    for (const std::string& run : runs) folders.push_back(orc::find_run(run));
    return folders;
}

int report(const Options& options) {
    if (options.output.empty()) throw InputError("--output", "", "is empty; name a file");
    check_output(options.output);
    std::vector<orc::PagedStudy> studies;
    for (const orc::RunFolder& folder : folders_of(options.runs))
        studies.emplace_back(folder, data::shown_path(folder.path()));
    data::write_durably(options.output, orc::report_html(studies));
    std::string names;
    for (const orc::PagedStudy& study : studies)
        names += fmt::format("{}{}, {} trial{}", names.empty() ? "" : "; ", study.study().spec().name,
                             study.study().trials().size(), study.study().trials().size() == 1 ? "" : "s");
    fmt::print("{}: {}\n", options.output, names);
    if (!reports::page_has_figures())
        fmt::print(
            stderr,
            "with tables only: this o2v-tune was built where the figures' library was not to be had\n");
    return kDone;
}

}  // namespace

void add_report(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("report", "a study's figures and trials as one HTML file");
    auto options = std::make_shared<Options>();
    command->add_option("RUN", options->runs,
                        "studies: folders, or names under runs/; none: the latest changed one");
    command->add_option("-o,--output", options->output, "the file (report.html)");
    command->footer(
        "The file holds its data and opens in a browser without a network: history, learning curves, what\n"
        "each parameter does, the slots' time, every trial with its log's end. Several studies get a menu.\n"
        "The study may be running; the report shows it as it is now.\n\n"
        "Example:\n  o2v-tune report wordnet -o wordnet.html\n");
    command->callback([options, &exit_code] { exit_code = report(*options); });
}

}  // namespace o2v::cli
