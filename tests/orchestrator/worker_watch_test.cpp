// Limits of a worker.
#include "orchestrator/worker_watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace o2v::orchestrator {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class WorkerWatchTest : public testing::Test {
  protected:
    WorkerWatch::TimePoint at(std::chrono::milliseconds time) const { return start_ + time; }
    // What it is to be ended for: "" for nothing.
    std::string complaint(std::chrono::milliseconds time) const {
        const auto found = watch_.complaint(limits_, at(time));
        return found ? std::string(to_text(found->kind)) + (found->for_good ? ", for good: " : ": ") +
                           found->message
                     : "";
    }

    WorkerWatch::TimePoint start_{};
    WorkerWatch watch_{start_};
    TrialLimits limits_;
};

TEST_F(WorkerWatchTest, AWorkerMustGreetAndBeHeardOf) {
    EXPECT_EQ(complaint(299s), "");
    EXPECT_THAT(complaint(301s), HasSubstr("timed_out: did not greet within 5 min"));
    watch_.greeted(at(1s));
    EXPECT_EQ(complaint(60s), "");
    EXPECT_THAT(complaint(62s), HasSubstr("was not heard of for 1 min 00 s (limits/silence)"));
    watch_.beat(at(61s), 1);
    EXPECT_EQ(complaint(62s), "");
}

TEST_F(WorkerWatchTest, TheWatchersOwnSleepDoesNotCount) {
    watch_.greeted(at(0s));
    watch_.trial_started(at(0s), 5s);
    watch_.slept(1h);
    EXPECT_EQ(complaint(1h + 4s), "");
    EXPECT_THAT(complaint(1h + 6s), HasSubstr("trained for longer"));
}

TEST_F(WorkerWatchTest, AnEpochMayTakeItsTime) {
    limits_.epoch_time = 10s;
    limits_.silence = 1h;
    watch_.greeted(at(0s));
    EXPECT_EQ(complaint(20s), "") << "no trial runs";
    watch_.trial_started(at(20s), std::nullopt);
    EXPECT_EQ(complaint(29s), "");
    EXPECT_THAT(complaint(31s),
                HasSubstr("timed_out: needed longer than 10 s for an epoch (limits/epoch_time)"));
    watch_.epoch_ended(at(29s));
    EXPECT_EQ(complaint(100s), "") << "it waits for an answer";
    watch_.proceeds(at(100s));
    EXPECT_EQ(complaint(109s), "");
    EXPECT_NE(complaint(111s), "");
    watch_.trial_ended(at(109s));
    EXPECT_EQ(complaint(200s), "");
}

TEST_F(WorkerWatchTest, ATrialMayTakeItsTimeInAllAndWaitingIsFree) {
    limits_.silence = 1h;
    limits_.trial_time = 10s;
    watch_.greeted(at(0s));
    watch_.trial_started(at(0s), 8s);  // 2 s were used by an earlier attempt
    watch_.epoch_ended(at(5s));
    watch_.proceeds(at(60s));
    EXPECT_EQ(complaint(62s), "");
    EXPECT_THAT(complaint(64s),
                HasSubstr("timed_out, for good: trained for longer than 10 s (limits/trial_time)"));
}

TEST_F(WorkerWatchTest, MemoryOverTheLimitIsOutOfMemory) {
    watch_.greeted(at(0s));
    watch_.beat(at(1s), std::int64_t{3} << 30);
    EXPECT_EQ(complaint(1s), "");
    limits_.memory_bytes = std::int64_t{2} << 30;
    EXPECT_THAT(complaint(1s), HasSubstr("out_of_memory: takes 3.00 GiB, over 2.00 GiB (limits/memory)"));
}

TEST_F(WorkerWatchTest, IsReplacedAfterItsTrialsOrWhenItHasGrown) {
    watch_.greeted(at(0s));
    const auto trial_of = [&](std::int64_t bytes) {
        watch_.trial_started(at(0s), std::nullopt);
        watch_.trial_ended(at(0s));
        watch_.beat(at(0s), bytes);
    };
    trial_of(std::int64_t{4} << 30);  // what the data takes
    EXPECT_FALSE(watch_.is_due(limits_));
    trial_of(std::int64_t{5} << 30);
    EXPECT_FALSE(watch_.is_due(limits_));
    limits_.trials_per_worker = 2;
    EXPECT_TRUE(watch_.is_due(limits_));
    limits_.trials_per_worker = 10;
    trial_of((std::int64_t{6} << 30) + 1);
    EXPECT_TRUE(watch_.is_due(limits_));
}

}  // namespace
}  // namespace o2v::orchestrator
