// The commands that answer with a trained model, which the worker program carries out: only it links
// LibTorch.

#include <filesystem>
#include <string>
#include <vector>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/local_executor.hpp"
#include "orchestrator/model_versions.hpp"
#include "orchestrator/programs.hpp"
#include "search/study/errors.hpp"
#include "worker/answers/options/item_options.hpp"
#include "worker/answers/options/options.hpp"
#include "worker/answers/options/serve_options.hpp"

namespace o2v::cli {
namespace {

namespace fs = std::filesystem;
namespace orc = o2v::orchestrator;

// A model folder, or the link of a promoted model (see orc::find_model) to the version in use, which may
// move.
fs::path model_path(const std::string& model) {
    if (fs::is_regular_file(fs::path(model) / "config.json")) return model;
    const orc::ModelChoice choice = orc::find_model(model);
    return fs::path(choice.versions.folder()) /
           (choice.version ? std::to_string(*choice.version) : "current");
}

// Another program goes on in this process's place, with the same arguments and the model found.
[[noreturn]] void hand_over(const std::string& program, std::vector<std::string> arguments,
                            const std::string& model) {
    arguments.front() = program;
    arguments.insert(arguments.end(), {"--in-folder", model_path(model).string()});
    orc::become(std::move(arguments));
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
