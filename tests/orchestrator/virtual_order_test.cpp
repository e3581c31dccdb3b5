// The clock of a reproducible study.
#include "orchestrator/virtual_order.hpp"

#include <gtest/gtest.h>

namespace o2v::orchestrator {
namespace {

TrialEvent report(TrialId trial, std::int64_t epoch) {
    return Reported{trial, 1, {epoch, {{"loss", 1.0}}, std::chrono::milliseconds(1), 1, 1}};
}
TrialEvent completion(TrialId trial) {
    return TrialEnded{trial, Completed{{{"loss", 1.0}}, 0, ""}};
}

class VirtualOrderTest : public testing::Test {
  protected:
    void create(TrialId trial) { order_.follow(TrialCreated{trial, {}, 0}); }
    void arrive(TrialEvent event) { order_.arrived({0, std::move(event)}); }
    // Tells what can be told; returns "trial" or "trial/epoch" of each.
    std::vector<std::string> told() {
        std::vector<std::string> all;
        for (;;) {
            std::optional<HeldEvent> next = order_.next_timeless();
            if (!next) next = order_.next_tick();
            if (!next) return all;
            order_.follow(next->event);
            const auto* reported = std::get_if<Reported>(&next->event);
            all.push_back(std::to_string(trial_of(next->event)) +
                          (reported ? '/' + std::to_string(reported->measurement.epoch) : ""));
        }
    }
    using Texts = std::vector<std::string>;

    VirtualOrder order_{2};
};

TEST_F(VirtualOrderTest, TellsInTheOrderOfItsClockAndNotOfArrival) {
    create(0);
    create(1);
    arrive(report(1, 0));
    arrive(report(1, 1));
    EXPECT_EQ(told(), Texts{}) << "trial 0 is due first";
    arrive(report(0, 0));
    EXPECT_EQ(told(), (Texts{"0/0", "1/0"})) << "then trial 0's next epoch is due before trial 1's";
    arrive(report(0, 1));
    EXPECT_EQ(told(), (Texts{"0/1", "1/1"}));
}

TEST_F(VirtualOrderTest, ATrialBeginsAtTheTimeOfWhatWasToldLast) {
    create(0);
    create(1);
    for (const TrialId trial : {0, 1})
        for (const std::int64_t epoch : {0, 1}) arrive(report(trial, epoch));
    arrive(completion(1));
    EXPECT_EQ(told(), (Texts{"0/0", "1/0", "0/1", "1/1"})) << "trial 0 is to be told of before trial 1's end";
    arrive(completion(0));
    EXPECT_EQ(told(), (Texts{"0", "1"}));
    EXPECT_TRUE(order_.is_empty());
    create(2);
    EXPECT_EQ(order_.time_of(2), 3);
    EXPECT_EQ(order_.time_of(0), std::nullopt);
}

TEST_F(VirtualOrderTest, WhatAnAttemptDoesTakesNoTime) {
    create(0);
    arrive(AttemptStarted{0, 1, "w", "cpu", "h", {}});
    arrive(Checkpointed{0, 1, {"c", 0}});
    arrive(report(0, 0));
    arrive(AttemptFailed{0, 1, FailureKind::crashed, ""});
    EXPECT_EQ(told(), (Texts{"0", "0", "0/0", "0"}));
    EXPECT_EQ(order_.time_of(0), 1);
}

TEST_F(VirtualOrderTest, ThePrunersEndTakesNoTimeAndFreesTheSeat) {
    create(0);
    create(1);
    EXPECT_FALSE(order_.has_seat());
    order_.follow(TrialEnded{0, Pruned{"worse", false}});
    EXPECT_TRUE(order_.has_seat());
    create(2);
    EXPECT_EQ(order_.time_of(2), 0);
}

TEST_F(VirtualOrderTest, APausedTrialLeavesTheClockAndComesBackLater) {
    create(0);
    create(1);
    arrive(report(0, 0));
    arrive(report(1, 0));
    arrive(Paused{0, "rung"});
    EXPECT_EQ(told(), (Texts{"0/0", "1/0", "0"}));
    EXPECT_EQ(order_.time_of(0), std::nullopt);
    order_.follow(Resumed{0});
    EXPECT_EQ(order_.time_of(0), 2);
}

TEST_F(VirtualOrderTest, KnowsWhatIsTrueOfATrialBeforeItIsTold) {
    create(0);
    create(1);
    Trial trial;
    trial.id = 1;
    arrive(AttemptStarted{1, 1, "w", "cpu", "h", {}});
    arrive(report(1, 0));
    arrive(Checkpointed{1, 1, {"c", 0}});
    arrive(AttemptFailed{1, 1, FailureKind::crashed, ""});
    const Trial now = order_.as_it_is(trial);
    EXPECT_EQ(now.curve.size(), 1U);
    EXPECT_EQ(now.checkpoint->path, "c");
    EXPECT_EQ(now.counted_failures(), 1);
    EXPECT_EQ(now.state(), TrialState::waiting);
    EXPECT_TRUE(trial.curve.empty());
    EXPECT_EQ(order_.untold(1).size(), 4U);
    EXPECT_TRUE(order_.untold(0).empty());
}

TEST_F(VirtualOrderTest, OnlyWhatIsNotInTheStoragesKeepingIsNumbered) {
    create(0);
    create(1);
    order_.arrived({7, report(1, 0)});
    arrive(report(1, 1));
    std::vector<std::int64_t> epochs;
    const auto number = [&](const TrialEvent& event) {
        epochs.push_back(std::get<Reported>(event).measurement.epoch);
        return std::int64_t{8};
    };
    order_.keep(number);
    order_.keep(number);
    EXPECT_EQ(epochs, std::vector<std::int64_t>{1});
    EXPECT_EQ(order_.untold(1).back().number, 8);
}

}  // namespace
}  // namespace o2v::orchestrator
