// The laws every Storage keeps.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

#include "orchestrator/storage.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

struct Kind {
    std::string name;
    std::function<std::unique_ptr<Storage>(const TemporaryFolder&)> make;
};

class StorageContract : public testing::TestWithParam<Kind> {
  protected:
    TemporaryFolder folder_;
    std::unique_ptr<Storage> storage_ = GetParam().make(folder_);
};

const StudyRecord kStudy{"wordnet", R"({"name":"wordnet"})", "{}", R"({"host":"h"})", "{}"};

std::vector<TrialEvent> one_trial(TrialId id) {
    return {TrialCreated{
                id, {{"lr", 0.1 + 0.2}, {"n", std::int64_t{3}}, {"act", std::string("relu")}}, UINT64_MAX},
            AttemptStarted{id, 1, "slot-0", "cpu", "host", {0, 1}},
            Reported{id, 1, {0, {{"validation:loss", 0.5}}, std::chrono::milliseconds(1500), 1e4, 1 << 20}},
            Checkpointed{id, 1, {"checkpoints/0", 0}},
            TrialEnded{id, Completed{{{"validation:loss", 0.5}}, 0, "m"}}};
}

TEST_P(StorageContract, IsEmptyAtFirst) {
    EXPECT_FALSE(storage_->has_study());
    EXPECT_TRUE(storage_->load().empty());
    EXPECT_EQ(storage_->milliseconds_of_runs(), 0);
}

TEST_P(StorageContract, KeepsTheStudyAndItsReplacedExperiment) {
    storage_->create(kStudy);
    EXPECT_TRUE(storage_->has_study());
    EXPECT_EQ(storage_->study(), kStudy);
    storage_->replace_experiment("{}");
    EXPECT_EQ(storage_->study().experiment, "{}");
}

TEST_P(StorageContract, GivesTheEventsInTheirOrderBitForBit) {
    std::vector<TrialEvent> all;
    for (TrialId id = 0; id < 3; ++id) {
        const std::vector<TrialEvent> events = one_trial(id);
        storage_->record(events);
        all.insert(all.end(), events.begin(), events.end());
    }
    const std::vector<TrialEvent> rest{
        TrialCreated{3, {}, 1},
        AttemptStarted{3, 1, "s", "cuda:0", "h", {}},
        Paused{3, "rung"},
        AttemptStarted{3, 2, "s", "cuda:0", "h", {}},
        AttemptFailed{3, 2, FailureKind::crashed, "a \"quoted\" line\nand another"},
        TrialEnded{3, Failure{FailureKind::crashed, "x"}},
        TrialCreated{4, {}, 2},
        TrialEnded{4, Pruned{"worse", true}}};
    storage_->record(rest);
    all.insert(all.end(), rest.begin(), rest.end());
    EXPECT_EQ(storage_->load(), all);
}

TEST_P(StorageContract, GivesTheWorkersThatGreeted) {
    const WorkerRecord first{"slot-0/pid-1", 1, "h", "cuda:0", "A GPU", {0, 3}, 2, "1.13", "openblas"};
    const WorkerRecord second{"slot-1/pid-2", 2, "h", "cpu", "", {}, 1, "", ""};
    EXPECT_TRUE(storage_->workers().empty());
    storage_->record_worker(first);
    storage_->record_worker(second);
    EXPECT_EQ(storage_->workers(), (std::vector<WorkerRecord>{first, second}));
}

TEST_P(StorageContract, KeepsMetricsThatAreNoNumbers) {
    const double inf = std::numeric_limits<double>::infinity();
    storage_->record(std::vector<TrialEvent>{
        TrialCreated{0, {}, 1}, AttemptStarted{0, 1, "s", "cpu", "h", {}},
        Reported{0, 1, {0, {{"a", std::nan("")}, {"b", inf}, {"c", -inf}}, {}, 0, 0}}});
    const Metrics metrics = std::get<Reported>(storage_->load().back()).measurement.metrics;
    EXPECT_TRUE(std::isnan(metrics.at("a")));
    EXPECT_EQ(metrics.at("b"), inf);
    EXPECT_EQ(metrics.at("c"), -inf);
}

TEST_P(StorageContract, ARepeatedEpochIsKeptTwice) {
    storage_->record(one_trial(0));
    storage_->record(std::vector<TrialEvent>{
        TrialCreated{1, {}, 1}, AttemptStarted{1, 1, "s", "cpu", "h", {}},
        Reported{1, 1, {0, {{"m", 1.0}}, {}, 0, 0}}, AttemptFailed{1, 1, FailureKind::lost, ""},
        AttemptStarted{1, 2, "s", "cpu", "h", {}}, Reported{1, 2, {0, {{"m", 1.0}}, {}, 0, 0}}});
    EXPECT_EQ(storage_->load().size(), one_trial(0).size() + 6);
}

TEST_P(StorageContract, RunTimeOnlyGrows) {
    storage_->start_run(1, "h");
    storage_->touch_run();
    const std::int64_t first = storage_->milliseconds_of_runs();
    storage_->start_run(2, "h");
    storage_->touch_run();
    EXPECT_GE(first, 0);
    EXPECT_GE(storage_->milliseconds_of_runs(), first);
}

TEST_P(StorageContract, TakesAWorker) {
    EXPECT_NO_THROW(
        storage_->record_worker({"slot-0/pid-1", 1, "h", "cpu", "", {0}, 1, "2.6.0", "openblas"}));
}

INSTANTIATE_TEST_SUITE_P(Every, StorageContract,
                         testing::Values(Kind{"memory",
                                              [](const TemporaryFolder&) { return make_memory_storage(); }},
                                         Kind{"sqlite",
                                              [](const TemporaryFolder& folder) {
                                                  return open_sqlite_storage(folder.file("study.db"),
                                                                             OpenMode::read_write);
                                              }}),
                         [](const auto& kind) { return kind.param.name; });

}  // namespace
}  // namespace o2v::orchestrator
