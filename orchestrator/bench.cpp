#include "orchestrator/bench.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "model/data/durable_file.hpp"
#include "orchestrator/bench_machine.hpp"
#include "orchestrator/benchmark_steps.hpp"
#include "orchestrator/data_check.hpp"
#include "orchestrator/local_executor.hpp"
#include "orchestrator/machine.hpp"
#include "orchestrator/run.hpp"
#include "orchestrator/slot_locks.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr double kGiB = 1 << 30;
constexpr const char *kTrain = "train:", *kServe = "serve:", *kSuggest = "suggest:", *kLoad = "load";

// Signals that ask to leave, heard all the time, also where no worker runs.
class Signals {
  public:
    Signals() : signals_(io_, SIGINT, SIGTERM, SIGHUP) {
        signals_.async_wait([this](boost::system::error_code error, int) { heard_ = heard_ || !error; });
    }
    bool heard() {
        io_.poll();
        return heard_;
    }

  private:
    boost::asio::io_context io_;
    boost::asio::signal_set signals_;
    bool heard_ = false;
};

// Repeats in turn: every configuration is measured once before any is measured again, and each repeat begins
// with another one, so that what changes with time falls on all alike.
std::vector<StepId> steps_of(const Benchmark& benchmark) {
    std::vector<StepId> steps;
    const std::size_t count = benchmark.configurations.size();
    for (int repeat = -benchmark.warmup; repeat < benchmark.repeats; ++repeat) {
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t turn = i + static_cast<std::size_t>(repeat + benchmark.warmup);
            const Configuration& configuration = benchmark.configurations[turn % count];
            steps.push_back({repeat, kTrain + configuration.name});
            if (benchmark.inference)
                for (const std::string& mode : benchmark.inference->modes)
                    steps.push_back({repeat, kServe + configuration.name + '.' + mode});
        }
        if (benchmark.loading) steps.push_back({repeat, kLoad});
        if (benchmark.suggestion)
            for (const std::string& strategy : benchmark.suggestion->strategies)
                steps.push_back({repeat, kSuggest + strategy});
    }
    return steps;
}

const Configuration& configuration_of(const Benchmark& benchmark, const std::string& name) {
    return *std::find_if(benchmark.configurations.begin(), benchmark.configurations.end(),
                         [&](const Configuration& one) { return one.name == name; });
}

std::uint64_t seed_of(const Benchmark& benchmark, int repeat) {
    const auto place = static_cast<std::size_t>(std::max(repeat, 0));
    return benchmark.seeds[place % benchmark.seeds.size()];
}

// What follows the prefix in a step's name; nullopt for a step of another kind.
std::optional<std::string> after(const char* prefix, const StepId& step) {
    const std::size_t length = std::strlen(prefix);
    return step.name.starts_with(prefix) ? std::optional(step.name.substr(length)) : std::nullopt;
}

struct Served {
    const Configuration& configuration;
    std::string mode;
};
// Of a step that serves.
std::optional<Served> served_in(const Benchmark& benchmark, const StepId& step) {
    const auto served = after(kServe, step);
    if (!served) return std::nullopt;
    const std::size_t dot = served->rfind('.');
    return Served{configuration_of(benchmark, served->substr(0, dot)), served->substr(dot + 1)};
}

StepOutcome measure(const Bench& bench, const Benchmark& benchmark, const StepId& step) {
    if (const auto trained = after(kTrain, step))
        return measure_training(bench, benchmark, configuration_of(benchmark, *trained),
                                seed_of(benchmark, step.repeat));
    if (const auto strategy = after(kSuggest, step)) return measure_suggesting(bench, benchmark, *strategy);
    if (const auto served = served_in(benchmark, step))
        return measure_serving(bench, benchmark, served->configuration, served->mode);
    return measure_loading(bench, benchmark);
}

// Hashes and sizes: where the files lie is not what they are.
Json data_of(const Benchmark& benchmark) {
    const Experiment& experiment = benchmark.configurations.front().experiment;
    if (!experiment.trains()) return Json::object();
    Json hashes = data_hashes(experiment, check_data(experiment));
    for (auto& file : hashes) file.erase("path");
    return hashes;
}

void note_label(const BenchRequest& request, BenchPlan& plan) {
    if (!plan.instance) return;
    const Experiment& experiment = plan.benchmark.configurations.front().experiment;
    const Json machine = bench_machine();
    const bool confined = request.choices.cores.has_value();
    const int cpus = confined ? *request.choices.cores : machine.at("logical_cpus").get<int>();
    const double memory = (request.memory_bytes ? static_cast<double>(*request.memory_bytes)
                                                : machine.at("memory_bytes").get<double>()) /
                          kGiB;
    const auto* slots = std::get_if<std::vector<SlotRequest>>(&experiment.resources.slots);
    const int gpus = slots && slots->front().device != "cpu"
                         ? static_cast<int>(gpu_names(slots->front().device).size())
                         : 0;
    for (const std::string& sentence : shortcomings(*plan.instance, cpus, memory, gpus))
        plan.notes.push_back("the label is larger than what is measured: " + sentence);
    if (const auto& price = plan.instance->price; !price)
        plan.notes.push_back("the catalog has no price of " + plan.instance->name + ": nothing is priced");
    else if (price->secondary)
        plan.notes.push_back(fmt::format("price of {}: {:g} {}/h as of {}, from a secondary source",
                                         plan.instance->name, price->per_hour, plan.currency, price->as_of));
    if (!confined && experiment.resources.threads < plan.instance->vcpu)
        plan.notes.push_back(fmt::format(
            "a training takes {} of the machine's cores (\"threads\"), and is priced as the whole instance; "
            "--cores N gives it more",
            experiment.resources.threads));
}

Json header_of(const BenchRequest& request, const BenchPlan& plan, const Bench& bench, const Json& data) {
    const Benchmark& benchmark = plan.benchmark;
    Json header{{"name", benchmark.name},
                {"description", benchmark.description},
                {"file", benchmark.file},
                {"repeats", benchmark.repeats},
                {"warmup", benchmark.warmup},
                {"settings", settings_json(benchmark)},
                {"configurations", configurations_json(benchmark)},
                {"data", data},
                {"code", bench_code(bench.worker_program, bench.serve_program)},
                {"machine", bench_machine()},
                {"versions", library_versions()},
                {"confinement", confinement(bench.slot, request.memory_bytes)},
                {"instance", nullptr}};
    if (plan.instance) {
        header["instance"] = to_json(*plan.instance);
        header["currency"] = plan.currency;
    }
    return header;
}

// What a run that is continued must have in common with its beginning.
Json identity_of(const Json& header) {
    Json identity;
    for (const char* key : {"name", "warmup", "settings", "configurations", "data", "code", "machine",
                            "confinement", "instance"})
        identity[key] = header.at(key);
    return identity;
}

// "2026-08-17T10:00:00Z" -> "20260817T100000Z", so that it can stand in a file's name everywhere.
std::string file_name_of(std::string time) {
    std::erase_if(time, [](char c) { return c == '-' || c == ':'; });
    return time + ".json";
}

}  // namespace

BenchPlan plan_bench(const BenchRequest& request) {
    BenchPlan plan;
    plan.folder = fs::absolute(request.out.value_or("runs/bench-" + benchmark_name(request.file)))
                      .lexically_normal()
                      .string();
    plan.benchmark = load_benchmark(request.file, plan.folder + "/data", request.choices);
    const InstanceCatalog catalog = load_instances(request.catalog);
    plan.currency = catalog.currency;
    if (!request.instance.empty()) plan.instance = catalog.find(request.instance);
    plan.topology = read_topology();
    const Experiment& experiment = plan.benchmark.configurations.front().experiment;
    leave_gpus_alone(experiment.resources, plan.topology, plan.notes);
    lease_slots(experiment.resources, plan.topology);  // what the machine has not is said now
    if (!experiment.command.empty()) check_program(experiment);
    if (!plan.benchmark.synthetic) plan.data = data_of(plan.benchmark);
    plan.steps = steps_of(plan.benchmark);
    note_label(request, plan);
    return plan;
}

BenchReport run_bench(const BenchRequest& request, const BenchPlan& plan,
                      const std::function<void(const BenchProgress&)>& progress,
                      const std::function<void(const std::string&)>& note) {
    const Benchmark& benchmark = plan.benchmark;
    const Experiment& experiment = benchmark.configurations.front().experiment;
    BenchmarkRecord record(plan.folder);
    if (benchmark.synthetic) write_synthetic(*benchmark.synthetic, plan.folder + "/data");
    const Json data = benchmark.synthetic ? data_of(benchmark) : plan.data;

    Bench bench;
    bench.worker_program = find_worker_program(experiment);
    if (benchmark.inference) bench.serve_program = find_worker_program("o2v-serve");
    bench.work = plan.folder + "/work";
    bench.memory_bytes = request.memory_bytes;
    if (plan.instance && plan.instance->price) bench.price_per_hour = plan.instance->price->per_hour;
    const TakenSlots taken = take_slots(experiment.resources, plan.topology, benchmark.name, request.share);
    bench.slot = taken.lease.slots.front();
    Signals signals;
    bench.interrupted = [&signals] { return signals.heard(); };
    for (const auto* notes : {&plan.notes, &taken.lease.notes})
        for (const std::string& one : *notes) note(one);

    const Json header = header_of(request, plan, bench, data);
    record.open_run(identity_of(header), header);
    if (record.continued())
        note("the run of " + record.started_at() + " is continued");
    else
        fs::remove_all(bench.work);
    fs::create_directories(bench.work);

    BenchReport report;
    bool worker_known = false;
    const auto carry_out = [&](const StepId& step, std::size_t done) {
        const ReferenceTimes reference = run_reference(bench.slot.cores);
        StepOutcome outcome = measure(bench, benchmark, step);
        if (outcome.interrupted || signals.heard()) {
            report.interrupted = true;
            return;
        }
        if (outcome.worker && !worker_known && outcome.failure.empty()) {
            record.amend({{"worker", bench_worker(*outcome.worker)}, {"code", {{"commit", outcome.commit}}}});
            worker_known = true;
        }
        if (outcome.failure.empty())
            record.add(step, outcome.samples, reference);
        else
            record.add_failure(step, outcome.failure, reference);
        progress({done, plan.steps.size(), step, benchmark.repeats,
                  outcome.failure.empty() ? outcome.sentence : outcome.failure, !outcome.failure.empty()});
    };
    for (std::size_t i = 0; i < plan.steps.size() && !report.interrupted; ++i) {
        const StepId& step = plan.steps[i];
        if (record.is_done(step)) continue;
        const auto served = served_in(benchmark, step);
        if (served && record.continued() && trained_model(bench, served->configuration).empty())
            // Its training is on record, and its model went with the folder: train again, unrecorded.
            measure_training(bench, benchmark, served->configuration, seed_of(benchmark, step.repeat));
        carry_out(step, i + 1);
    }
    if (!report.interrupted) {
        record.finish();
        fs::remove_all(bench.work);
    }
    report.result = record.result();
    report.failures = report.result.at("failures").size();
    report.file = plan.folder + '/' + file_name_of(record.started_at());
    data::write_durably(report.file,
                        report.result.dump(2, ' ', false, Json::error_handler_t::replace) + '\n');
    return report;
}

}  // namespace o2v::orchestrator
