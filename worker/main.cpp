// o2v-worker: trains trials for o2v-tune, and answers with a trained model. o2v-command-worker: the same
// without LibTorch, for trials that run another program.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <thread>

#include "model/data/standard_output.hpp"
#include "search/study/errors.hpp"
#include "worker/doctor.hpp"
#include "worker/session.hpp"
#ifdef O2V_WITH_TORCH
#include "model/data/durable_file.hpp"
#include "worker/answers/cluster.hpp"
#include "worker/answers/embed.hpp"
#include "worker/answers/evaluate.hpp"
#include "worker/answers/index.hpp"
#include "worker/answers/neighbors.hpp"
#include "worker/answers/predict.hpp"
#include "worker/answers/recommend.hpp"
#include "worker/object2vec_keep.hpp"
#include "worker/torch_environment.hpp"
#endif

namespace {

int connect(int fd, int threads, [[maybe_unused]] int devices) {
    // Signals to the whole group (Ctrl-C, a time limit) reach this process too; what to do is o2v-tune's
    // decision.
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(number, SIG_IGN);
    const o2v::protocol::Hello hello = o2v::worker::make_hello(threads);
    o2v::worker::Objectives objectives;
    objectives.problem = o2v::worker::make_problem_objective();
    objectives.command = o2v::worker::make_command_objective();
#ifdef O2V_WITH_TORCH
    objectives.object2vec = o2v::worker::make_object2vec_objective(hello, devices);
#endif
    return o2v::worker::run_session(fd, hello, objectives);
}

// As the program of a training container: o2v-tune beside this one goes on in its place.
[[noreturn]] void train(const std::vector<std::string>& more) {
    std::error_code none;
    const auto beside = std::filesystem::read_symlink("/proc/self/exe", none).parent_path() / "o2v-tune";
    std::vector<std::string> arguments{beside.string(), "container", "train"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::vector<char*> argv;
    for (std::string& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    execv(argv.front(), argv.data());
    throw o2v::storage_error(arguments.front(), "cannot be started", errno);
}

#ifdef O2V_WITH_TORCH
int threads_of(const o2v::answers::ModelOptions& options) {
    return options.threads > 0 ? options.threads
                               : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void use(const o2v::answers::ModelOptions& options) {
    o2v::data::leave_nothing_on_signals();
    o2v::worker::torch_environment(threads_of(options));
}

// For a command whose own threads compute, each alone.
template <class Options>
Options side_by_side(Options options) {
    o2v::data::leave_nothing_on_signals();
    options.threads = threads_of(options);
    o2v::worker::torch_environment(1);
    return options;
}

void add_answers(CLI::App& app) {
    o2v::answers::add_predict(app, [](const auto& options) { o2v::answers::predict(side_by_side(options)); });
    o2v::answers::add_embed(app, [](const auto& options) { o2v::answers::embed(side_by_side(options)); });
    o2v::answers::add_index(app, [](const auto& options) {
        use(options);
        o2v::answers::index(options);
    });
    o2v::answers::add_neighbors(app, [](const auto& options) {
        use(options);
        o2v::answers::neighbors(options);
    });
    o2v::answers::add_recommend(app, [](const auto& options) {
        use(options);
        o2v::answers::recommend(options);
    });
    o2v::answers::add_cluster(app, [](const auto& options) {
        use(options);
        o2v::answers::cluster(options);
    });
    o2v::answers::add_evaluate(app, [](const auto& options) {
        use(options);
        o2v::answers::evaluate(options);
    });
}
#endif

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{O2V_PROGRAM ": runs trials for o2v-tune, which usually starts it."};
    app.set_version_flag("--version", O2V_PROGRAM " " O2V_VERSION);
    app.require_subcommand(1);

    int fd = 0;
    int threads = 1, devices = 1;
    auto* connect_command = app.add_subcommand("connect", "serve the o2v-tune at the other end of a socket");
    connect_command->add_option("--fd", fd, "file descriptor of the socket");
    connect_command->add_option("--threads", threads, "threads LibTorch may use, of all devices together")
        ->check(CLI::PositiveNumber);
    connect_command->add_option("--devices", devices, "devices that train one trial together")
        ->check(CLI::PositiveNumber);

    int doctor_threads = 1;
    bool as_json = false;
    auto* doctor_command =
        app.add_subcommand("doctor", "examine LibTorch and its BLAS, see o2v-tune doctor --help");
    doctor_command->add_option("--threads", doctor_threads, "threads LibTorch may use")
        ->check(CLI::PositiveNumber);
    doctor_command->add_flag("--json", as_json, "one JSON object (always)");

    auto* train_command = app.add_subcommand(
        "train", "train by the contract of SageMaker's containers, see o2v-tune container");
    train_command->prefix_command();
    train_command->set_help_flag();

#ifdef O2V_WITH_TORCH
    add_answers(app);
    std::string checkpoint, output;
    auto* keep_command = app.add_subcommand(
        "keep", "make a model of the best epoch in a checkpoint of a training that was left");
    keep_command->add_option("--checkpoint", checkpoint)->required()->check(CLI::ExistingFile);
    keep_command->add_option("--output", output, "the model's folder")->required();
#endif
    try {
        app.parse(argc, argv);
        if (connect_command->parsed()) return connect(fd, threads, devices);
        if (train_command->parsed()) train(train_command->remaining());
#ifdef O2V_WITH_TORCH
        if (keep_command->parsed()) o2v::worker::keep_checkpoint(checkpoint, output);
#endif
        if (doctor_command->parsed()) return o2v::worker::doctor_main(doctor_threads);
        o2v::data::flush_standard_output();
        return 0;
    } catch (const CLI::ParseError& e) {
        return app.exit(e) == 0 ? 0 : 2;
    } catch (const o2v::InputError& e) {
        std::cerr << O2V_PROGRAM ": " << e.what() << '\n';
        return 2;
    } catch (const std::exception& e) {
        std::cerr << O2V_PROGRAM ": " << e.what() << '\n';
    }
    return 1;
}
