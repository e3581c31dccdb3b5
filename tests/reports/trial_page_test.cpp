#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "reports/leaderboard.hpp"
#include "tests/reports/studies.hpp"

namespace o2v::reports {
namespace {

using o2v::testing::demo_study;

std::string page(TrialId id) {
    return '\n' + trial_page(demo_study(), id);
}

TEST(TrialPage, OfACompletedTrial) {
    EXPECT_EQ(page(1), R"(
trial 1 of demo: completed, validation:accuracy 0.8 (best)

parameters
  learning_rate  0.0003333333333333333
  network        hcnn
  width          3

fixed
  epochs  3

seed  41

attempts
  attempt  device  host  cores  worker         outcome
        1  cpu     box   0-1,3  slot-0/pid-11  completed

learning curve
  epoch  train:loss  validation:accuracy  seconds  pairs/s  memory MiB
      0         0.5                  0.5     1.25    20480         300
      1         0.2                  0.8     1.25    20480         300
      2        0.21                 0.79     1.25    20480         300

checkpoint  trials/1/checkpoint (epoch 2)

kept epoch 1, model trials/1/model.pt
  test:accuracy 0.7812
  validation:accuracy 0.8
)");
}

TEST(TrialPage, SaysWhyTheTrialWasTried) {
    Study study(demo_study().spec());
    study.apply(TrialCreated{0, {{"width", std::int64_t{3}}}, 7, "enqueued"});
    EXPECT_NE(trial_page(study, 0).find("\nseed  7\nwhy   enqueued\n"), std::string::npos);
    study.apply(TrialCreated{1, {{"width", std::int64_t{4}}}, 7});
    EXPECT_EQ(trial_page(study, 1).find("why"), std::string::npos);
}

TEST(TrialPage, OfAFailedTrialShowsEachAttempt) {
    const std::string text = page(3);
    EXPECT_NE(text.find(R"(
attempts
  attempt  device  host  cores  worker         outcome
        1  cpu     box   0-1,3  slot-0/pid-11  crashed: signal 11
        2  cuda:0  box   any    slot-1/pid-12  out_of_memory: 12 GiB asked for
)"),
              std::string::npos)
        << text;
    EXPECT_TRUE(text.ends_with("\nfailed: out_of_memory: 12 GiB asked for\n")) << text;
}

TEST(TrialPage, OfAPrunedAndOfARunningOne) {
    EXPECT_TRUE(page(2).ends_with("\npruned: worse than the median, \"0.5\"\n")) << page(2);
    EXPECT_EQ(page(5).substr(0, 27), "\ntrial 5 of demo: running\n\n");
}

TEST(TrialPage, OfOneThatHasNotBegunAndOfNone) {
    Study study = demo_study();
    study.apply(TrialCreated{6, {}, 1});
    EXPECT_TRUE(trial_page(study, 6).ends_with("\nnot started yet\n")) << trial_page(study, 6);
    EXPECT_THROW(trial_page(study, 7), std::out_of_range);
    EXPECT_THROW(trial_json(study, 7), std::out_of_range);
}

TEST(TrialJson, HoldsAllThereIs) {
    const auto json = nlohmann::json::parse(trial_json(demo_study(), 3));
    EXPECT_EQ(json["state"], "failed");
    EXPECT_EQ(json["fixed"], nlohmann::json::parse(R"({"epochs": 3})"));
    EXPECT_EQ(json["attempts"], nlohmann::json::parse(R"([
        {"attempt": 1, "worker": "slot-0/pid-11", "device": "cpu", "host": "box", "cores": [0, 1, 3],
         "failure": {"kind": "crashed", "message": "signal 11"}},
        {"attempt": 2, "worker": "slot-1/pid-12", "device": "cuda:0", "host": "box", "cores": [],
         "failure": {"kind": "out_of_memory", "message": "12 GiB asked for"}}])"));
    EXPECT_EQ(json["curve"], nlohmann::json::parse(R"([
        {"epoch": 0, "metrics": {"validation:accuracy": 0.5, "train:loss": 0.5}, "seconds": 1.25,
         "pairs_per_second": 20480.4, "peak_memory_bytes": 314572800}])"));
    EXPECT_EQ(json["checkpoint"], nullptr);
    const auto completed = nlohmann::json::parse(trial_json(demo_study(), 1));
    EXPECT_EQ(completed["checkpoint"],
              nlohmann::json::parse(R"({"path": "trials/1/checkpoint", "epoch": 2})"));
    EXPECT_EQ(completed["best_epoch"], 1);
    EXPECT_EQ(completed["model_path"], "trials/1/model.pt");
}

}  // namespace
}  // namespace o2v::reports
