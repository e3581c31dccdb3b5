// The commands that answer with a trained model, which the worker program carries out: only it links
// LibTorch.
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/local_executor.hpp"
#include "search/study/errors.hpp"
#include "worker/answers/options/item_options.hpp"
#include "worker/answers/options/options.hpp"
#include "worker/answers/options/serve_options.hpp"

namespace o2v::cli {
namespace {

namespace fs = std::filesystem;
namespace orc = o2v::orchestrator;

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

// Another program goes on in this process's place, with the same arguments and the model found.
[[noreturn]] void hand_over(const std::string& program, std::vector<std::string> arguments,
                            const std::string& model) {
    arguments.front() = program;
    arguments.insert(arguments.end(), {"--in-folder", find_model(model).string()});
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(argv.front(), argv.data());
    throw StorageError(arguments.front() + ": cannot be started: " + std::strerror(errno));
}

}  // namespace

void add_answers(CLI::App& app, const std::vector<std::string>& arguments) {
    const auto carry_out = [arguments](const answers::ModelOptions& options) {
        hand_over(orc::find_worker_program(), arguments, options.model);
    };
    answers::add_predict(app, carry_out);
    answers::add_embed(app, carry_out);
    answers::add_index(app, carry_out);
    answers::add_neighbors(app, carry_out);
    answers::add_recommend(app, carry_out);
    answers::add_cluster(app, carry_out);
    answers::add_evaluate(app, carry_out);
    answers::add_serve(app, [arguments](const answers::ServeOptions& options) {
        std::vector<std::string> own = arguments;
        own.erase(own.begin() + 1);  // "serve"
        hand_over(orc::find_worker_program("o2v-serve"), std::move(own), options.model);
    });
}

}  // namespace o2v::cli
