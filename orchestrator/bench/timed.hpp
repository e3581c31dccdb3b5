// Parts of a study that count the CPU time spent in them. Private to the room.
#pragma once

#include <time.h>

#include <utility>
#include <vector>

#include "orchestrator/executor.hpp"
#include "orchestrator/storage.hpp"
#include "search/searcher.hpp"

namespace o2v::bench_scale {

// CPU seconds of this thread so far.
inline double cpu_now() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// What `action` returns; adds what it took to `seconds`.
template <class Action>
decltype(auto) timed(double& seconds, Action action) {
    struct Timer {
        double& seconds;
        double began = cpu_now();
        ~Timer() { seconds += cpu_now() - began; }
    } timer{seconds};
    return action();
}

class TimedSearcher final : public search::Searcher {
  public:
    explicit TimedSearcher(const search::Searcher& searcher) : searcher_(searcher) {}
    std::optional<search::Suggestion> suggest(const Study& study, Rng& rng) const override {
        double seconds = 0;
        auto suggestion = timed(seconds, [&] { return searcher_.suggest(study, rng); });
        each.push_back(seconds);
        return suggestion;
    }
    std::string why_nothing_left() const override { return searcher_.why_nothing_left(); }

    mutable std::vector<double> each;  // seconds

  private:
    const search::Searcher& searcher_;
};

class TimedStorage final : public orchestrator::Storage {
  public:
    explicit TimedStorage(orchestrator::Storage& storage) : storage_(storage) {}

    bool has_study() const override { return storage_.has_study(); }
    void create(const orchestrator::StudyRecord& study) override { storage_.create(study); }
    orchestrator::StudyRecord study() const override { return storage_.study(); }
    void replace_experiment(const std::string& text) override { storage_.replace_experiment(text); }
    std::vector<TrialEvent> load() const override { return storage_.load(); }
    std::vector<orchestrator::HeldEvent> held() const override { return storage_.held(); }
    std::vector<orchestrator::WorkerRecord> workers() const override { return storage_.workers(); }
    void start_run(int pid, const std::string& host) override { storage_.start_run(pid, host); }
    std::int64_t milliseconds_of_runs() const override { return storage_.milliseconds_of_runs(); }

    void add(const TrialEvent& event) override {
        timed(seconds, [&] { storage_.add(event); });
    }
    void commit() override {
        timed(seconds, [&] { storage_.commit(); });
    }
    std::int64_t hold(const TrialEvent& event) override {
        return timed(seconds, [&] { return storage_.hold(event); });
    }
    void release(std::int64_t number) override {
        timed(seconds, [&] { storage_.release(number); });
    }
    void record_worker(const orchestrator::WorkerRecord& worker) override {
        timed(seconds, [&] { storage_.record_worker(worker); });
    }
    void sync() override {
        timed(seconds, [&] { storage_.sync(); });
    }
    void touch_run() override {
        timed(seconds, [&] { storage_.touch_run(); });
    }
    void record_energy(double joules) override {
        timed(seconds, [&] { storage_.record_energy(joules); });
    }

    double seconds = 0;

  private:
    orchestrator::Storage& storage_;
};

class TimedExecutor final : public orchestrator::Executor {
  public:
    explicit TimedExecutor(orchestrator::Executor& executor) : executor_(executor) {}

    int slots() const override { return executor_.slots(); }
    std::vector<int> free_slots() const override { return executor_.free_slots(); }
    orchestrator::WorkerRecord worker(int slot) const override { return executor_.worker(slot); }
    void shut_down() override { executor_.shut_down(); }

    void start(int slot, const protocol::StartTrial& trial,
               std::optional<std::chrono::milliseconds> time_left) override {
        timed(seconds, [&] { executor_.start(slot, trial, time_left); });
    }
    void proceed(TrialId trial) override {
        timed(seconds, [&] { executor_.proceed(trial); });
    }
    void stop(TrialId trial, bool save) override {
        timed(seconds, [&] { executor_.stop(trial, save); });
    }
    std::vector<orchestrator::Happening> wait(orchestrator::TimePoint deadline) override {
        auto happened = timed(seconds, [&] { return executor_.wait(deadline); });
        for (const orchestrator::Happening& happening : happened)
            happenings += std::holds_alternative<orchestrator::TrialMessage>(happening);
        return happened;
    }

    double seconds = 0;
    std::int64_t happenings = 0;

  private:
    orchestrator::Executor& executor_;
};

}  // namespace o2v::bench_scale
