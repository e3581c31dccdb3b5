#include <chrono>
#include <optional>

#include "orchestrator/storage.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {
namespace {

class MemoryStorage final : public Storage {
  public:
    bool has_study() const override { return study_.has_value(); }
    void create(const StudyRecord& study) override { study_ = study; }
    StudyRecord study() const override { return study_.value(); }
    void replace_experiment(const std::string& experiment) override {
        study_.value().experiment = experiment;
    }
    void add(const TrialEvent& event) override { events_.push_back(event); }
    void commit() override {}
    std::vector<TrialEvent> load() const override { return events_; }
    std::int64_t hold(const TrialEvent& event) override {
        held_.push_back({++holds_, event});
        return holds_;
    }
    void release(std::int64_t number) override {
        std::erase_if(held_, [number](const HeldEvent& held) { return held.number == number; });
    }
    std::vector<HeldEvent> held() const override { return held_; }
    void record_worker(const WorkerRecord& worker) override { workers_.push_back(worker); }
    std::vector<WorkerRecord> workers() const override { return workers_; }
    void start_run(int, const std::string&) override {
        before_ = milliseconds_of_runs();
        started_ = touched_ = Clock::now();
    }
    void touch_run() override { touched_ = Clock::now(); }
    void record_energy(double) override {}  // nothing asks for it
    std::int64_t milliseconds_of_runs() const override {
        return before_ + std::chrono::duration_cast<std::chrono::milliseconds>(touched_ - started_).count();
    }

  private:
    using Clock = std::chrono::steady_clock;
    std::optional<StudyRecord> study_;
    std::vector<TrialEvent> events_;
    std::vector<HeldEvent> held_;
    std::int64_t holds_ = 0;
    std::vector<WorkerRecord> workers_;
    std::int64_t before_ = 0;
    Clock::time_point started_, touched_;
};

}  // namespace

void Storage::record(std::span<const TrialEvent> events) {
    if (events.empty()) return;
    for (const TrialEvent& event : events) add(event);
    commit();
}

std::unique_ptr<Storage> make_memory_storage() {
    return std::make_unique<MemoryStorage>();
}

}  // namespace o2v::orchestrator
