#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "model/data/durable_file.hpp"
#include "model/data/shown_path.hpp"
#include "orchestrator/cli/commands.hpp"
#include "reports/comparison.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
    std::vector<std::string> results, allow, fail_if;
    std::string format = "text", output;
};

bool is_result(const fs::path& path) {
    return path.extension() == ".json" && fs::is_regular_file(path);
}

// A file as it is; of a bench's folder the latest result (their names are times).
fs::path result_file(const std::string& given) {
    if (!fs::is_directory(given)) return given;
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(given))
        if (is_result(entry.path())) files.push_back(entry.path());
    if (files.empty()) throw InputError("RESULT", given, "holds no result of o2v-tune bench (<time>.json)");
    return *std::max_element(files.begin(), files.end());
}

reports::BenchResult read_one(const std::string& given) {
    const fs::path path = result_file(given);
    std::string text;
    try {
        text = data::read_whole(path.string());
    } catch (const StorageError& e) {
        throw InputError("RESULT", given, e.what());
    }
    const auto json = nlohmann::ordered_json::parse(text, nullptr, false);
    if (json.is_discarded()) throw InputError(path.string(), "", "is no JSON");
    return reports::read_result(json, data::shown_path(path.string()));
}

// "a.json,c.json": several runs as one result.
reports::BenchResult read(const std::string& given) {
    std::vector<reports::BenchResult> runs;
    std::istringstream parts(given);
    for (std::string part; std::getline(parts, part, ',');) runs.push_back(read_one(part));
    if (runs.empty()) throw InputError("RESULT", given, "must be a result of o2v-tune bench");
    return reports::pooled(runs);
}

std::set<std::string> allowed(const std::vector<std::string>& given) {
    std::set<std::string> names;
    const auto& known = reports::refused_aspects();
    for (const std::string& name : given) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const std::string near = nearest_name(name, known);
            throw InputError("--allow", name,
                             "must be data, config, seeds or machine" +
                                 (near.empty() ? std::string() : "; did you mean " + near + "?"));
        }
        names.insert(name);
    }
    return names;
}

std::string refusal(const reports::Comparison& comparison) {
    std::string text = "these results do not compare:";
    std::set<std::string> aspects;
    for (const reports::Pairing& pairing : comparison.others)
        for (const reports::Difference& difference : pairing.differences) {
            if (!difference.refused) continue;
            text +=
                "\n  " + pairing.other.source + " has other " + difference.aspect + ": " + difference.text;
            aspects.insert(difference.aspect);
        }
    std::string list;
    for (const std::string& aspect : aspects) list += (list.empty() ? "" : ",") + aspect;
    return text + "\n--allow " + list + " compares them all the same";
}

reports::ComparisonFormat format_of(const std::string& name) {
    using enum reports::ComparisonFormat;
    return name == "markdown" ? markdown : name == "json" ? json : name == "html" ? html : text;
}

int compare(const Options& options) {
    check_output(options.output);
    std::vector<reports::Gate> gates;
    for (const std::string& gate : options.fail_if) gates.push_back(reports::parse_gate(gate));
    std::vector<reports::BenchResult> results;
    for (const std::string& given : options.results) results.push_back(read(given));
    const reports::Comparison comparison = reports::compare(results, allowed(options.allow));
    if (comparison.refused()) throw InputError(comparison.first.source, "", refusal(comparison));
    const std::string text = reports::to_text(comparison, format_of(options.format));
    if (options.output.empty())
        fmt::print("{}", text);
    else
        data::write_durably(options.output, text);
    const std::vector<std::string> broken = reports::broken(comparison, gates);
    for (const std::string& sentence : broken) fmt::print(stderr, "o2v-tune: {}\n", sentence);
    return broken.empty() ? kDone : kFailed;
}

}  // namespace

void add_compare(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("compare", "results of bench beside each other, with intervals");
    auto options = std::make_shared<Options>();
    command
        ->add_option(
            "RESULT", options->results,
            "results of o2v-tune bench: files, or folders, whose latest counts; the first is what the "
            "others are compared with")
        ->required()
        ->expected(2, 100);
    command->add_option("--allow", options->allow, "compare although these differ: data,config,seeds,machine")
        ->delimiter(',')
        ->allow_extra_args(false);
    command
        ->add_option("--fail-if", options->fail_if,
                     "exit with 1 when something is worse by more than a factor: slower=1.10, memory=1.2, "
                     "cost=1.1, or a measure's name (repeatable)")
        ->allow_extra_args(false);
    command->add_option("--format", options->format)
        ->check(CLI::IsMember({"text", "markdown", "json", "html"}))
        ->capture_default_str();
    command->add_option("-o,--output", options->output, "a file instead of standard output");
    command->footer(
        "Results of other data, configurations, seeds or another machine are refused; other code is told, "
        "since it\n"
        "is what one mostly compares. Results of different --instance labels may be of different machines.\n"
        "Ratios are of medians over the repeats, with a bootstrap interval of 95 % (10,000 resamples, a "
        "fixed\n"
        "seed); \"no difference seen\" is said where it covers 1. About one interval in twenty does not, of "
        "equal\n"
        "programs: \"in all\" takes the measures together, repeat by repeat.\n"
        "A machine that is not quiet changes its speed from run to run: measure in turn (before, after, "
        "before,\n"
        "after, ...) and give all of a side, with commas.\n"
        "--fail-if slower=1.10 fails only when even the lower end of an interval is above 1.10: a slow-down "
        "that\n"
        "is surely larger than that, of any time (or of a rate, turned over).\n"
        "Exit codes: 0 compared, 1 a --fail-if is broken, 2 not comparable or bad input.\n\n"
        "Example:\n  o2v-tune compare before.json after.json --fail-if slower=1.05 --fail-if memory=1.1\n"
        "  o2v-tune compare before1.json,before2.json after1.json,after2.json\n"
        "  o2v-tune compare m5.json g5.json --format html -o instances.html\n");
    command->callback([options, &exit_code] { exit_code = compare(*options); });
}

}  // namespace o2v::cli
