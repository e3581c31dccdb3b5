#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "orchestrator/benchmark_clock.hpp"
#include "orchestrator/benchmark_steps.hpp"
#include "orchestrator/local_executor.hpp"
#include "orchestrator/tuner.hpp"
#include "reports/leaderboard.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{200};
constexpr double kNever = 1e9;  // a benchmark writes no checkpoint while it trains

// Of children that have ended and been waited for (/proc/PID/stat, fields 16 and 17): a command's programs.
double cpu_seconds_of_children(int pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::stringstream text;
    text << file.rdbuf();
    const std::string stat = text.str();
    const std::size_t name_end = stat.rfind(')');
    if (name_end == std::string::npos) return 0;
    std::istringstream rest(stat.substr(name_end + 2));
    std::string skipped;
    for (int field = 3; field < 16; ++field) rest >> skipped;
    double user = 0, system = 0;
    rest >> user >> system;
    return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// Processor time that a process, all its threads and its ended children have had.
double cpu_seconds_of(int pid) {
    clockid_t clock{};
    timespec time{};
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) return 0;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9 +
           cpu_seconds_of_children(pid);
}

struct Course {
    double startup_seconds = 0, train_seconds = 0, cpu_seconds = 0;
    std::vector<Measurement> curve;
    std::vector<double> at;  // seconds from the order to each epoch's end
    std::optional<protocol::TrialCompleted> completed;
    std::string failure;
    WorkerRecord worker;
    bool interrupted = false;
};

class Training {
  public:
    Training(const Bench& bench, const Configuration& configuration, std::uint64_t seed)
        : bench_(bench), folder_(work_folder(bench, configuration)), experiment_(configuration.experiment) {
        Trial trial;
        trial.seed = seed;
        order_ = order_of(experiment_, trial, folder_);
        order_.checkpoint_seconds = kNever;
    }

    Course run() {
        fs::remove_all(folder_);
        fs::create_directories(folder_);
        TrialLimits limits = experiment_.limits;
        if (bench_.memory_bytes)
            limits.memory_bytes = std::min(limits.memory_bytes.value_or(INT64_MAX), *bench_.memory_bytes);
        began_ = Clock::now();
        const auto executor = make_local_executor({{bench_.slot},
                                                   bench_.worker_program,
                                                   bench_.work,
                                                   limits,
                                                   experiment_.trains(),
                                                   bench_.memory_bytes});
        while (!over_) {
            for (const Happening& happening : executor->wait(Clock::now() + kTick)) {
                if (over_) break;
                std::visit([&](const auto& what) { happened(*executor, what); }, happening);
            }
            if (bench_.interrupted()) return interrupted();
        }
        return std::move(course_);
    }

  private:
    Course interrupted() {
        course_.interrupted = true;
        return std::move(course_);
    }
    void happened(Executor& executor, const WorkerReady& ready) {
        course_.startup_seconds = seconds_since(began_);
        course_.worker = ready.worker;
        cpu_before_ = cpu_seconds_of(ready.worker.pid);
        began_ = Clock::now();
        executor.start(ready.slot, order_, std::nullopt);
    }
    void happened(Executor&, const TrialLost& lost) { fail(lost.message); }
    void happened(Executor&, const InterruptRequested&) {
        course_.interrupted = true;
        over_ = true;
    }
    void happened(Executor& executor, const TrialMessage& said) {
        if (const auto* epoch = std::get_if<protocol::EpochEnded>(&said.message)) {
            course_.at.push_back(seconds_since(began_));
            course_.curve.push_back(epoch->measurement);
            executor.proceed(order_.trial);
        } else if (const auto* done = std::get_if<protocol::TrialCompleted>(&said.message)) {
            course_.train_seconds = seconds_since(began_);
            course_.cpu_seconds = cpu_seconds_of(course_.worker.pid) - cpu_before_;
            course_.completed = *done;
            over_ = true;
        } else if (const auto* failed = std::get_if<protocol::TrialFailed>(&said.message)) {
            if (failed->medium) throw StorageError(failed->message);
            fail(failed->message);
        } else if (const auto* diverged = std::get_if<protocol::TrialDiverged>(&said.message)) {
            fail("the training diverged: " + diverged->message);
        } else if (std::holds_alternative<protocol::TrialStopped>(said.message)) {
            fail("the training was stopped");
        }
    }
    void fail(const std::string& why) {
        course_.failure = why;
        over_ = true;
    }

    const Bench& bench_;
    std::string folder_;
    const Experiment& experiment_;
    protocol::StartTrial order_;
    Course course_;
    Clock::time_point began_;
    double cpu_before_ = 0;
    bool over_ = false;
};

// Epochs have equally many pairs: their rates' harmonic mean is that of all of them together.
double pairs_per_second(const std::vector<Measurement>& curve) {
    double inverse = 0;
    for (const Measurement& epoch : curve) inverse += 1 / epoch.pairs_per_second;
    return static_cast<double>(curve.size()) / inverse;
}

bool reaches(const Goal& goal, double value, double target) {
    return goal.direction == Direction::maximize ? value >= target : value <= target;
}

// What `commit` of the model's provenance is; "" when it tells of none.
std::string commit_of(const std::string& model) {
    std::ifstream file(model + "/provenance.json");
    const nlohmann::json json = nlohmann::json::parse(file, nullptr, false);
    return json.is_object() ? json.value("commit", std::string()) : "";
}

}  // namespace

std::string work_folder(const Bench& bench, const Configuration& configuration) {
    return bench.work + '/' + configuration.name;
}

std::string trained_model(const Bench& bench, const Configuration& configuration) {
    const std::string model = work_folder(bench, configuration) + "/model";
    return fs::is_regular_file(model + "/config.json") ? model : "";
}

std::int64_t peak_memory_of(int pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string word; status >> word;) {
        std::int64_t kib = 0;
        if (word == "VmHWM:" && status >> kib) return kib * 1024;
    }
    return 0;
}

StepOutcome measure_training(const Bench& bench, const Benchmark& benchmark,
                             const Configuration& configuration, std::uint64_t seed) {
    const Course course = Training(bench, configuration, seed).run();
    StepOutcome outcome;
    outcome.interrupted = course.interrupted;
    outcome.failure = course.failure;
    outcome.worker = course.worker;
    if (course.interrupted || !course.completed) return outcome;
    const auto add = [&](const std::string& measure, double value) {
        outcome.samples.push_back({configuration.name, measure, value});
    };
    const auto price = [&](double seconds) { return seconds * *bench.price_per_hour / 3600; };
    add("startup_seconds", course.startup_seconds);
    add("train_seconds", course.train_seconds);
    add("train_cpu_seconds", course.cpu_seconds);
    add("epochs", static_cast<double>(course.curve.size()));
    std::int64_t peak = 0;
    for (const Measurement& epoch : course.curve) peak = std::max(peak, epoch.peak_memory_bytes);
    if (peak > 0) add("peak_memory_bytes", static_cast<double>(peak));
    std::string rate_text;
    if (const double rate = pairs_per_second(course.curve); std::isfinite(rate) && rate > 0) {
        add("train_pairs_per_second", rate);
        if (bench.price_per_hour) add("cost_per_million_pairs", price(1e6 / rate));
        rate_text = fmt::format(", {:.0f} pairs/s", rate);
    }
    const Goal& goal = configuration.experiment.study.goal;
    if (benchmark.target)
        for (std::size_t i = 0; i < course.curve.size(); ++i) {
            const auto metric = course.curve[i].metrics.find(goal.metric);
            if (metric == course.curve[i].metrics.end() || !reaches(goal, metric->second, *benchmark.target))
                continue;
            add("seconds_to_target", course.at[i]);
            add("epochs_to_target", static_cast<double>(i + 1));
            if (bench.price_per_hour) add("cost_to_target", price(course.at[i]));
            break;
        }
    const Metrics& metrics = course.completed->metrics;
    if (const auto value = metrics.find(goal.metric); value != metrics.end()) {
        add("metric:" + goal.metric, value->second);
        rate_text += fmt::format(", {} {}", goal.metric, reports::metric_text(value->second));
    }
    if (const auto bytes = metrics.find(protocol::kModelBytes); bytes != metrics.end())
        add("model_bytes", bytes->second);
    outcome.commit = commit_of(trained_model(bench, configuration));
    outcome.sentence = fmt::format("{} epochs in {}{}", course.curve.size(),
                                   reports::duration_text(course.train_seconds), rate_text);
    return outcome;
}

}  // namespace o2v::orchestrator
