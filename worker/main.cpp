// o2v-worker: trains trials for o2v-tune, and answers with a trained model. o2v-command-worker: the same
// without LibTorch, for trials that run another program.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <iostream>

#include "search/study/errors.hpp"
#include "worker/doctor.hpp"
#include "worker/session.hpp"
#ifdef O2V_WITH_TORCH
#include "worker/object2vec_predict.hpp"
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

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{O2V_PROGRAM ": runs trials for o2v-tune, which usually starts it."};
    app.set_version_flag("--version", O2V_VERSION);
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

#ifdef O2V_WITH_TORCH
    o2v::worker::PredictOptions predict;
    auto* predict_command =
        app.add_subcommand("predict", "answer JSON Lines with a model, see o2v-tune predict --help");
    predict_command->add_option("--model", predict.model, "model folder")->required();
    predict_command->add_option("--input", predict.input, "JSON Lines file, - = standard input");
    predict_command->add_option("--top", predict.top, "classes shown in the readable form");
    predict_command->add_option("--device", predict.device, "cpu or cuda:N");
    predict_command->add_flag("--json", predict.json, "one JSON object a line");
#endif
    try {
        app.parse(argc, argv);
        if (connect_command->parsed()) return connect(fd, threads, devices);
        if (doctor_command->parsed()) return o2v::worker::doctor_main(doctor_threads);
#ifdef O2V_WITH_TORCH
        if (predict_command->parsed()) return o2v::worker::predict_main(predict);
#endif
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
