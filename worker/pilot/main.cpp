// o2v-pilot: started by Slurm, or by hand, on a machine that is to run trials of an o2v-tune elsewhere.
#include <boost/asio/io_context.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <optional>

#include "worker/pilot/pilot.hpp"

namespace {

constexpr const char* kHelp =
    "Usage: o2v-pilot [--help | --version]\n\n"
    "Runs trials for an o2v-tune on another machine: connects back to it, has an o2v-worker beside it, and\n"
    "takes trial after trial until it is released or its job's time is over. o2v-tune submits it (an\n"
    "experiment's \"resources\": {\"executor\": \"slurm\"}); what it is to do stands in the variable "
    "O2V_PILOT.\n\n"
    "Exit codes: 0 released or its time is over, 1 another failure, such as an o2v-worker that is not "
    "there,\n"
    "2 without orders, 3 o2v-tune not found, 4 its worker does not start.\n";

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2 && std::strcmp(argv[1], "--help") == 0) {
        std::fputs(kHelp, stdout);
        return 0;
    }
    if (argc == 2 && std::strcmp(argv[1], "--version") == 0) {
        std::puts("o2v-pilot " O2V_VERSION);
        return 0;
    }
    const char* text = std::getenv(o2v::protocol::kPilotVariable);
    if (argc > 1 || !text) {
        std::fputs(kHelp, stderr);
        return 2;
    }
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGHUP, SIG_IGN);
    std::optional<o2v::protocol::PilotOrders> orders;
    try {
        orders = o2v::protocol::decode_pilot_orders(text);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "o2v-pilot: O2V_PILOT cannot be read: %s\n", e.what());
        return 2;
    }
    int code = 1;
    boost::asio::io_context io(1);  // a thread that waits for squeue may outlive all else
    try {
        o2v::pilot::Pilot pilot(io, *orders);
        code = pilot.run();
    } catch (const std::exception& e) {
        std::fprintf(stderr, "o2v-pilot: %s\n", e.what());
    }
    std::fflush(nullptr);
    std::_Exit(code);  // a thread may still wait for squeue
}
