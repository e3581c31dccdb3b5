// predict: a trained model is asked.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/local_executor.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace fs = std::filesystem;
namespace orc = o2v::orchestrator;

struct PredictOptions {
    std::string model, input, device = "cpu";
    std::vector<std::string> in0, in1;
    bool json = false;
    int top = 3;
};

bool is_model(const fs::path& path) {
    return fs::is_regular_file(path / "config.json");
}

// A model folder, models/NAME, a study's folder or name with one promoted model, or the name of a promoted
// model.
fs::path find_model(const std::string& model) {
    for (const fs::path& path : {fs::path(model), fs::path(model) / "current"})
        if (is_model(path)) return path;
    std::vector<fs::path> of_run, found;  // promoted by the study of that name; of that name, of any study
    std::string known;
    for (const orc::RunFolder& run : orc::list_runs()) {
        std::error_code error;
        for (const auto& entry : fs::directory_iterator(run.models(), error)) {
            if (!is_model(entry.path() / "current")) continue;
            const std::string name = entry.path().filename().string();
            known += (known.empty() ? " " : ", ") + name;
            const bool by_run = fs::path(run.path()).filename() == model;
            if (by_run) of_run.push_back(entry.path() / "current");
            if (by_run || name == model) found.push_back(entry.path() / "current");
        }
    }
    if (of_run.size() == 1) return of_run.front();
    if (found.size() == 1) return found.front();
    throw InputError(model, "",
                     found.empty() ? "is no model folder and no promoted model" +
                                         (known.empty() ? std::string("; none is promoted under runs/ here")
                                                        : "; promoted are" + known)
                                   : "is the name of several promoted models; give the folder");
}

// A text as it is, a JSON list as token ids.
nlohmann::json query_side(const std::string& text) {
    if (!text.starts_with('[')) return text;
    const nlohmann::json ids = nlohmann::json::parse(text, nullptr, false);
    if (!ids.is_array()) throw InputError("query", text, "must be words, or a JSON list of token ids");
    return ids;
}

std::string query_lines(const PredictOptions& options) {
    std::string lines;
    const std::size_t queries = std::max(options.in0.size(), options.in1.size());
    if (!options.in0.empty() && !options.in1.empty() && options.in0.size() != options.in1.size())
        throw InputError("--in0, --in1", "", "must be given equally often, or only one of them");
    for (std::size_t i = 0; i < queries; ++i) {
        nlohmann::json query = nlohmann::json::object();
        if (i < options.in0.size()) query["in0"] = query_side(options.in0[i]);
        if (i < options.in1.size()) query["in1"] = query_side(options.in1[i]);
        lines += query.dump() + '\n';
    }
    return lines;
}

// Standard input becomes a file in memory that holds `text`.
void feed_standard_input(const std::string& text) {
    const int fd = memfd_create("queries", 0);
    if (fd < 0 || write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
        lseek(fd, 0, SEEK_SET) != 0 || dup2(fd, STDIN_FILENO) < 0)
        throw StorageError(std::string("the queries cannot be handed over: ") + std::strerror(errno));
}

// The worker program answers in this process's place: only it links LibTorch.
[[noreturn]] void predict(const PredictOptions& options) {
    const std::string worker = orc::find_worker_program();
    std::vector<std::string> arguments{
        worker,     "predict",      "--model", find_model(options.model).string(),
        "--device", options.device, "--top",   std::to_string(options.top)};
    if (!options.in0.empty() || !options.in1.empty()) feed_standard_input(query_lines(options));
    arguments.insert(arguments.end(), {"--input", options.input.empty() ? "-" : options.input});
    if (options.json) arguments.push_back("--json");
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(worker.c_str(), argv.data());
    throw StorageError(worker + ": cannot be started: " + std::strerror(errno));
}

}  // namespace

void add_predict(CLI::App& app, int& exit_code) {
    auto* command = app.add_subcommand("predict", "ask a trained model");
    auto options = std::make_shared<PredictOptions>();
    command->add_option("MODEL", options->model, "a model folder, or the name of a promoted model")
        ->required();
    command->add_option("--in0", options->in0, "first side: words, or a JSON list of token ids (repeatable)")
        ->allow_extra_args(false);
    command->add_option("--in1", options->in1, "second side (repeatable)")->allow_extra_args(false);
    auto* input = command->add_option("--input", options->input,
                                      "JSON Lines of {\"in0\": ..., \"in1\": ...}; - = standard input");
    input->check([](const std::string& path) {
        return path == "-" || fs::is_regular_file(path) ? std::string() : "there is no file " + path;
    });
    command->add_flag("--json", options->json,
                      "one JSON object a line: scores, or embeddings of a single side");
    command->add_option("--top", options->top, "classes shown for people")->check(CLI::PositiveNumber);
    command->add_option("--device", options->device, "cpu or cuda:N");
    command->footer(
        "Both sides give scores, one side gives its embedding.\n\n"
        "Examples:\n  o2v-tune predict wordnet --in0 \"espresso machine\" --in1 \"a machine that brews "
        "strong coffee\"\n"
        "  o2v-tune predict wordnet --input pairs.jsonl --json > answers.jsonl\n");
    command->callback([options, &exit_code] {
        exit_code = kFailed;
        predict(*options);
    });
}

}  // namespace o2v::cli
