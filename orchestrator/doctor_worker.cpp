// Asking o2v-worker, which alone links LibTorch.
#include <boost/asio/io_context.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/readable_pipe.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/process/v2/process.hpp>
#include <boost/process/v2/stdio.hpp>
#include <cmath>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "orchestrator/doctor_facts.hpp"
#include "orchestrator/local_executor.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace asio = boost::asio;
namespace process = boost::process::v2;

constexpr std::chrono::seconds kLongest{60};

struct Answer {
    std::string out, errors;
    int exit_code = 0;
    bool late = false;
};

Answer ask(const std::string& program) {
    Answer answer;
    asio::io_context io;
    asio::readable_pipe out(io), errors(io);
    process::process worker(io, program, {"doctor", "--json", "--threads", "1"},
                            process::process_stdio{nullptr, out, errors});
    asio::steady_timer timer(io, kLongest);
    int reading = 2;
    const auto ended = [&](boost::system::error_code, std::size_t) {
        if (--reading == 0) timer.cancel();
    };
    asio::async_read(out, asio::dynamic_buffer(answer.out), ended);
    asio::async_read(errors, asio::dynamic_buffer(answer.errors), ended);
    timer.async_wait([&](boost::system::error_code error) {
        if (error) return;
        answer.late = true;
        boost::system::error_code ignored;
        worker.terminate(ignored);
    });
    io.run();
    answer.exit_code = worker.wait();
    return answer;
}

// Flops a cycle of one core: two units of fused multiply-add, as wide as the processor's registers; of
// AVX-512 often only one.
double flops_per_cycle(const std::string& flags) {
    const auto has = [&](const char* flag) {
        return flags.find(std::string(" ") + flag) != std::string::npos;
    };
    if (has("avx2") && has("fma")) return 32;
    if (has("avx")) return 16;
    return has("sse2") || has("asimd") ? 8 : 0;
}

}  // namespace

double possible_gflops(const std::string& cpuinfo) {
    std::istringstream lines(cpuinfo);
    double mhz = 0, flops = 0;
    for (std::string line; std::getline(lines, line);) {
        const std::size_t colon = line.find(':');
        if (colon == std::string::npos) continue;
        const std::string value = line.substr(colon + 1) + ' ';
        if (line.starts_with("cpu MHz")) mhz = std::max(mhz, std::atof(value.c_str()));
        if (line.starts_with("flags") || line.starts_with("Features")) flops = flops_per_cycle(value);
    }
    return mhz * flops / 1000;
}

WorkerFacts worker_facts(const std::string& answer) {
    WorkerFacts facts;
    try {
        const nlohmann::json json = nlohmann::json::parse(answer);
        json.at("torch_version").get_to(facts.torch_version);
        if (facts.torch_version.empty()) return facts;
        json.at("blas").get_to(facts.blas);
        json.at("reference_blas").get_to(facts.reference_blas);
        json.at("gflops").get_to(facts.gflops);
        json.at("built_with_cuda").get_to(facts.built_with_cuda);
        json.at("gpus").get_to(facts.gpus);
        json.at("gpu_error").get_to(facts.gpu_error);
        for (const nlohmann::json& product : json.at("products")) {
            const nlohmann::json& error = product.at("error");
            const double size =
                error.is_null() ? std::numeric_limits<double>::infinity() : error.get<double>();
            if (facts.products++ > 0 && size <= facts.worst_error) continue;
            facts.worst_error = size;
            facts.worst_product =
                product.at("shape").get<std::string>() + ' ' + product.at("layout").get<std::string>();
        }
    } catch (const nlohmann::json::exception& e) {
        facts = {};
        facts.trouble = std::string("its answer cannot be read: ") + e.what();
    }
    return facts;
}

WorkerFacts measure_worker() {
    WorkerFacts facts;
    try {
        const std::string program = find_worker_program();
        const Answer answer = ask(program);
        if (answer.late)
            facts.trouble = program + ": does not answer within a minute";
        else if (answer.exit_code != 0)
            facts.trouble = program + ": ended with exit code " + std::to_string(answer.exit_code) +
                            (answer.errors.empty() ? "" : ": " + answer.errors);
        else
            facts = worker_facts(answer.out);
    } catch (const std::exception& e) {
        facts.trouble = e.what();
    }
    while (!facts.trouble.empty() && facts.trouble.back() == '\n') facts.trouble.pop_back();
    std::ifstream cpuinfo("/proc/cpuinfo");
    std::stringstream text;
    text << cpuinfo.rdbuf();
    facts.possible_gflops = possible_gflops(text.str());
    return facts;
}

}  // namespace o2v::orchestrator
