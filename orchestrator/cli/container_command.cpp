// container train|serve: o2v-tune as what a SageMaker container starts.
#include <fmt/format.h>

#include <filesystem>
#include <iostream>
#include <memory>

#include "orchestrator/cli/commands.hpp"
#include "orchestrator/container.hpp"
#include "orchestrator/local_executor.hpp"
#include "orchestrator/programs.hpp"
#include "reports/leaderboard.hpp"
#include "search/study/errors.hpp"

namespace o2v::cli {
namespace {

namespace orc = o2v::orchestrator;

struct Options {
    std::string root = "/opt/ml";
    std::optional<int> threads;
};

void add_root(CLI::App& command, Options& options) {
    command.add_option("--root", options.root, "the folder that is /opt/ml")
        ->envname("O2V_OPT_ML")
        ->capture_default_str();
}

// The program's exit code.
int train_below(const orc::ContainerPaths& paths, const Options& options) {
    const orc::ContainerTraining training =
        orc::prepare_container(paths, orc::read_topology(), options.threads);
    setenv("O2V_CACHE_DIR", (paths.scratch() + "/cache").c_str(), /*overwrite=*/0);
    for (const std::string& note : training.notes) fmt::print("{}\n", note);
    const orc::RunPlan plan = orc::plan_training(training.request);
    const auto screen = orc::make_training_screen({orc::facts_of(plan), false, std::nullopt});
    const orc::RunReport report = orc::run_training(training.request, plan, *screen);
    if (report.result.end == orc::RunEnd::interrupted) {
        const bool saved = orc::deliver_checkpoint(paths);
        fmt::print("interrupted; {}\n", saved ? "the best model so far is in " + paths.model()
                                              : "no epoch has been completed, so there is no model");
        return saved ? kDone : kInterrupted;
    }
    if (!report.promoted)
        throw std::runtime_error(
            "the training has not completed: " +
            (report.not_promoted.empty()
                 ? reports::event_sentence(report.study, TrialEnded{0, *report.study.trial(0).ending})
                 : report.not_promoted));
    orc::deliver_model(report.promoted->path, paths);
    fmt::print("model: {}\n", paths.model());
    return kDone;
}

int train(const Options& options) {
    const orc::ContainerPaths paths(options.root);
    const auto failed = [&](const std::string& why, int exit_code) {
        std::cerr << "o2v-tune: " << why << '\n';
        orc::report_failure(why, paths);
        return exit_code;
    };
    std::error_code ignored;
    std::filesystem::remove(paths.failure(), ignored);  // an earlier training's
    try {
        const int exit_code = train_below(paths, options);
        std::filesystem::remove_all(paths.scratch(), ignored);
        return exit_code;
    } catch (const InputError& e) {
        return failed(orc::at_hyperparameters(e, paths).what(), kBadInput);
    } catch (const std::exception& e) {
        return failed(e.what(), kFailed);
    }
}

// o2v-serve goes on in this process's place.
[[noreturn]] void serve(const Options& options, const std::vector<std::string>& more) {
    std::vector<std::string> arguments{orc::find_worker_program("o2v-serve"), "serve", "--root",
                                       options.root};
    arguments.insert(arguments.end(), more.begin(), more.end());
    orc::become(std::move(arguments));
}

}  // namespace

void add_container(CLI::App& app, int& exit_code) {
    auto* container =
        app.add_subcommand("container", "train, or serve, by the contract of SageMaker's containers");
    container->require_subcommand(1);
    container->footer(
        "What the Dockerfile's image starts: docker run IMAGE train, docker run IMAGE serve.\n\n"
        "Example, without a container:\n"
        "  mkdir -p ml/input/config ml/input/data/train ml/model && cp train.jsonl ml/input/data/train\n"
        "  echo '{\"enc0_max_seq_len\": \"12\", \"enc0_vocab_size\": \"21704\"}' > "
        "ml/input/config/hyperparameters.json\n"
        "  o2v-tune container train --root ml && o2v-tune container serve --root ml\n");
    auto options = std::make_shared<Options>();
    auto* training =
        container->add_subcommand("train", "from ROOT/input to ROOT/model; output/failure says why not");
    add_root(*training, *options);
    training
        ->add_option("--threads", options->threads,
                     "cores to train on (default: all; with GPUs, a GPU's share)")
        ->check(CLI::PositiveNumber)
        ->envname("O2V_THREADS");
    training->footer(
        "Reads input/config/*.json and input/data/CHANNEL, prints SageMaker's metric lines and leaves the "
        "model in "
        "model/.\n"
        "Where there is a folder checkpoints/, a training that was interrupted continues. SIGTERM saves a "
        "checkpoint and\nthe best model so far.\n\n"
        "Example:\n  o2v-tune container train --root /opt/ml\n");
    training->callback([options, &exit_code] { exit_code = train(*options); });
    auto* serving = container->add_subcommand("serve", "ROOT/model over HTTP on port 8080");
    add_root(*serving, *options);
    serving->allow_extras();
    serving->footer(
        "Listens on all addresses. Further options are those of o2v-tune serve; SAGEMAKER_BIND_TO_PORT and "
        "others "
        "are\nheeded, see o2v-serve serve --help.\n\n"
        "Example:\n  o2v-tune container serve --root ml --port 9000\n");
    serving->callback([options, serving] { serve(*options, serving->remaining()); });
}

}  // namespace o2v::cli
