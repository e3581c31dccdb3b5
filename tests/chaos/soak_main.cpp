// o2v-soak: runs small trials for a long time and says whether memory, handles or the time between two trials
// grow.
#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/branin_space.hpp"
#include "tests/orchestrator/temporary_folder.hpp"
#include "tests/process/program.hpp"

namespace o2v {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr int kSamples = 20;

struct Growth : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Use {
    double resident_kib = 0;
    std::int64_t handles = 0;
};

Use use_of(pid_t pid) {
    const fs::path process = fs::path("/proc") / std::to_string(pid);
    Use use;
    std::ifstream status(process / "status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) use.resident_kib = std::stod(line.substr(6));
    for ([[maybe_unused]] const auto& handle : fs::directory_iterator(process / "fd")) ++use.handles;
    return use;
}

struct Sample {
    double minutes = 0;
    std::int64_t trials = 0;  // that have ended
    Use tune;
    std::map<pid_t, Use> workers;
};

json experiment(double trial_seconds, int slots) {
    return {{"name", "soak"},
            {"problem", "branin"},
            {"fixed", {{"epochs", 2}, {"epoch_seconds", trial_seconds / 2}}},
            {"objective", {{"metric", "validation:loss"}}},
            {"search", {{"strategy", "random"}, {"seed", 1}, {"space", branin_space()}}},
            {"budget", {{"trials", 100'000'000}}},
            {"resources", {{"slots", slots}}}};
}

// Milliseconds from the end of a trial to the start of the next on the same worker, in the order of time.
std::vector<double> gaps(const SQLite::Database& db) {
    SQLite::Statement query(
        db,
        "SELECT (julianday(started_at) - julianday(lag(ended_at) OVER (PARTITION BY worker "
        "ORDER BY started_at, trial))) * 86400e3 FROM attempt ORDER BY started_at, trial");
    std::vector<double> found;
    while (query.executeStep())
        if (!query.getColumn(0).isNull()) found.push_back(query.getColumn(0).getDouble());
    return found;
}

double quantile(std::vector<double> values, double share) {
    std::sort(values.begin(), values.end());
    return values.at(static_cast<std::size_t>(share * static_cast<double>(values.size() - 1)));
}

class Soak {
  public:
    Soak(double minutes, double trial_seconds, int slots) : minutes_(minutes) {
        folder_.write("soak.json", experiment(trial_seconds, slots).dump(2));
    }

    void run() {
        Program program(folder_.path(), tune({"run", "soak.json", "--out", "study", "--quiet"}));
        const auto began = Clock::now();
        fmt::print("minute  trials   o2v-tune KiB  handles  each worker: KiB, handles\n");
        for (int i = 1; i <= kSamples; ++i) {
            std::this_thread::sleep_until(
                began + std::chrono::duration_cast<Clock::duration>(
                            std::chrono::duration<double, std::ratio<60>>(minutes_ * i / kSamples)));
            if (!program.running()) throw Growth("o2v-tune has ended: " + program.output());
            take(program.pid(), minutes_ * i / kSamples);
        }
        program.signal(SIGINT);
        if (const Finished finished = program.wait(); finished.exit_code != 130)
            throw Growth(fmt::format("o2v-tune ended with {}: {}", finished.exit_code, finished.err));
        judge_use();
        judge_gaps();
    }

  private:
    SQLite::Database database() const {
        return {folder_.file("study/study.db"), SQLite::OPEN_READONLY, 5000};
    }

    void take(pid_t pid, double minutes) {
        Sample sample{minutes, 0, use_of(pid), {}};
        sample.trials =
            database().execAndGet("SELECT count(*) FROM trial WHERE state = 'completed'").getInt64();
        fmt::print("{:6.1f}  {:6}  {:13.0f}  {:7} ", minutes, sample.trials, sample.tune.resident_kib,
                   sample.tune.handles);
        for (const pid_t worker : children_of(pid)) {
            const Use use = sample.workers[worker] = use_of(worker);
            fmt::print(" {:.0f}, {};", use.resident_kib, use.handles);
        }
        fmt::print("\n");
        std::fflush(stdout);
        samples_.push_back(std::move(sample));
    }

    // o2v-tune keeps what it knows of each trial, so it grows with their number: by no more for a later one
    // than for an earlier one. Nothing else grows. The first tenth is left out.
    void judge_use() const {
        const Sample &first = samples_.at(1), &middle = samples_.at(kSamples / 2), &last = samples_.back();
        const auto a_trial = [](const Sample& from, const Sample& to) {
            return (to.tune.resident_kib - from.tune.resident_kib) /
                   static_cast<double>(std::max<std::int64_t>(1, to.trials - from.trials));
        };
        const double early = a_trial(first, middle), late = a_trial(middle, last);
        fmt::print("o2v-tune takes {:.2f} KiB a trial in the first half, {:.2f} in the second\n", early,
                   late);
        if (late > 1.5 * early + 0.2) throw Growth("later trials take more memory");
        if (last.tune.handles > first.tune.handles) throw Growth("o2v-tune holds more handles");
        for (const auto& [pid, use] : last.workers) {
            if (!first.workers.contains(pid)) throw Growth("a worker was replaced");
            if (use.resident_kib > 1.02 * first.workers.at(pid).resident_kib) throw Growth("a worker grows");
            if (use.handles > first.workers.at(pid).handles) throw Growth("a worker holds more handles");
        }
    }

    void judge_gaps() const {
        const std::vector<double> all = gaps(database());
        const auto tenth = static_cast<std::ptrdiff_t>(all.size() / 10);
        if (tenth < 10) throw Growth("too few trials to compare; run longer");
        const std::vector<double> first(all.begin() + tenth, all.begin() + 2 * tenth);
        const std::vector<double> last(all.end() - tenth, all.end());
        for (const auto& [name, part] : {std::pair("second", first), std::pair("last", last)})
            fmt::print(
                "from a trial's end to the next one's start, {} tenth: median {:.1f} ms, 99 % within "
                "{:.1f} ms, at most {:.1f} ms\n",
                name, quantile(part, 0.5), quantile(part, 0.99), quantile(part, 1));
        if (quantile(last, 0.5) > quantile(first, 0.5) + 1) throw Growth("trials start later and later");
    }

    TemporaryFolder folder_;
    double minutes_;
    std::vector<Sample> samples_;
};

}  // namespace
}  // namespace o2v

int main(int argc, char** argv) {
    CLI::App app{
        "o2v-soak: runs small trials for a long time and fails when memory, handles or latency grow."};
    double minutes = 60, trial_seconds = 0.05;
    int slots = 2;
    app.add_option("--minutes", minutes, "for how long")->check(CLI::PositiveNumber)->capture_default_str();
    app.add_option("--trial-seconds", trial_seconds, "how long a trial takes")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    app.add_option("--slots", slots, "side by side")->check(CLI::PositiveNumber)->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    try {
        o2v::Soak(minutes, trial_seconds, slots).run();
        fmt::print("nothing has grown\n");
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "o2v-soak: {}\n", error.what());
        return 1;
    }
}
