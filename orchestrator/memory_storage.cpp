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
    void record(std::span<const TrialEvent> events) override {
        events_.insert(events_.end(), events.begin(), events.end());
    }
    std::vector<TrialEvent> load() const override { return events_; }
    void record_worker(const WorkerRecord& worker) override { workers_.push_back(worker); }
    std::vector<WorkerRecord> workers() const override { return workers_; }
    void start_run(int, const std::string&) override {
        before_ = milliseconds_of_runs();
        started_ = touched_ = Clock::now();
    }
    void touch_run() override { touched_ = Clock::now(); }
    std::int64_t milliseconds_of_runs() const override {
        return before_ + std::chrono::duration_cast<std::chrono::milliseconds>(touched_ - started_).count();
    }

  private:
    using Clock = std::chrono::steady_clock;
    std::optional<StudyRecord> study_;
    std::vector<TrialEvent> events_;
    std::vector<WorkerRecord> workers_;
    std::int64_t before_ = 0;
    Clock::time_point started_, touched_;
};

}  // namespace

std::unique_ptr<Storage> make_memory_storage() {
    return std::make_unique<MemoryStorage>();
}

}  // namespace o2v::orchestrator
