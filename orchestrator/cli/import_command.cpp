// import: what another service was asked for as experiment files.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <set>

#include "model/data/durable_file.hpp"
#include "orchestrator/cli/commands.hpp"
#include "orchestrator/json_fields.hpp"
#include "orchestrator/sagemaker_import.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;
namespace fs = std::filesystem;

struct Options {
    std::string file, output;
    orc::SageMakerImport request;
};

// "tune.json" and "gpu" -> "tune-gpu.json".
std::string file_of(const std::string& output, const std::string& definition) {
    if (definition.empty()) return output;
    const fs::path path(output);
    return (path.parent_path() / (path.stem().string() + "-" + definition + path.extension().string()))
        .string();
}

int import_request(Options options) {
    check_output(options.output);
    if (!fs::is_regular_file(options.file)) throw InputError(options.file, "", "there is no such file");
    options.request.folder =
        fs::absolute(options.output.empty() ? "x" : options.output).parent_path().lexically_normal().string();
    options.request.topology = orc::read_topology();
    const std::vector<orc::ImportedExperiment> imported =
        orc::import_sagemaker(orc::read_json_file(options.file), options.file, options.request);
    if (imported.size() > 1 && options.output.empty())
        throw InputError("--output", "",
                         "is needed for several experiments, one a TrainingJobDefinition; or take one with "
                         "--definition");
    std::set<std::string> told;
    for (const orc::ImportedExperiment& one : imported) {
        for (const Problem& note : one.notes)
            if (const std::string line = note.to_string(); told.insert(line).second)
                fmt::print(stderr, "{}\n", line);
        const std::string text = one.document.dump(2) + '\n';
        if (options.output.empty()) {
            fmt::print("{}", text);
            continue;
        }
        const std::string file = file_of(options.output, imported.size() > 1 ? one.definition : "");
        data::write_durably(file, text);
        fmt::print("{}: {}; next: o2v-tune validate {} && o2v-tune run {}\n", file,
                   one.document.at("name").get<std::string>(), file, file);
    }
    return kDone;
}

}  // namespace

void add_import(CLI::App& app, int& exit_code) {
    auto* command =
        app.add_subcommand("import", "a SageMaker hyperparameter tuning job as an experiment file");
    auto options = std::make_shared<Options>();
    command
        ->add_option(
            "FILE", options->file,
            "JSON of CreateHyperParameterTuningJob's request, or of DescribeHyperParameterTuningJob's "
            "answer")
        ->required();
    command->add_option("-o,--output", options->output, "the experiment file (default: standard output)");
    const auto channel = [&](const char* name, std::string& path, const char* what) {
        command->add_option(name, path, what)->check(CLI::ExistingPath);
    };
    channel("--train", options->request.train, "file in place of the channel train");
    channel("--validation", options->request.validation, "file in place of the channel validation");
    channel("--test", options->request.test, "file in place of the channel test");
    channel("--auxiliary", options->request.auxiliary, "folder in place of the channel auxiliary");
    command->add_option("--definition", options->request.definition,
                        "which of several TrainingJobDefinitions (default: a file each, OUTPUT-NAME.json)");
    command->add_option(
        "--command", options->request.command,
        "program and arguments that train in place of another image; {name} is a parameter's value "
        "(one that begins with a hyphen: --command=--lr={lr})");
    command->footer(
        "What has no counterpart here is named on standard error, a line each, with what to do instead.\n"
        "Data that lie in S3 and are not named get a path that begins with REPLACE-ME.\n\n"
        "Examples:\n"
        "  aws sagemaker describe-hyper-parameter-tuning-job --hyper-parameter-tuning-job-name NAME > "
        "job.json\n"
        "  o2v-tune import job.json --train train.jsonl --validation validation.jsonl -o experiment.json\n"
        "  o2v-tune import other.json -o other-experiment.json --command=./train.sh --command=--lr={lr}\n");
    command->callback([options, &exit_code] { exit_code = import_request(*options); });
}

}  // namespace o2v::cli
