// Requests from another terminal: in order, once, and no damage does harm.
#include "orchestrator/control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>

#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const EnqueueRequest kOne{{{"lr", 1.0}, {"layers", std::int64_t{1}}, {"network", std::string("cnn")}}};
const EnqueueRequest kTwo{{{"lr", 0.1}}};

class ControlTest : public testing::Test {
  protected:
    void begin_run() {
        lock_.emplace(study_);
        inbox_.emplace(study_);
    }
    // As a kill ends one.
    void end_run() {
        inbox_.reset();
        lock_.reset();
    }
    std::vector<ControlRequest> take() {
        std::vector<ControlRequest> requests;
        for (Arrived& arrived : inbox_->take().requests) {
            requests.push_back(arrived.request);
            arrived_.push_back(std::move(arrived));
        }
        return requests;
    }
    std::vector<std::string> files() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder_.file("control")))
            names.push_back(entry.path().filename().string());
        return names;
    }

    TemporaryFolder folder_;
    RunFolder study_{folder_.path()};
    std::optional<RunLock> lock_;
    std::optional<ControlInbox> inbox_;
    std::vector<Arrived> arrived_;
};

TEST_F(ControlTest, RequestsArriveOnceAndInOrder) {
    begin_run();
    EXPECT_THAT(take(), IsEmpty()) << "there is no folder yet";
    send(study_, PauseRequest{});
    send(study_, kOne);
    send(study_, kTwo);
    send(study_, ResumeRequest{});
    send(study_, StopRequest{false});
    EXPECT_THAT(take(),
                ElementsAre(ControlRequest(PauseRequest{}), ControlRequest(kOne), ControlRequest(kTwo),
                            ControlRequest(ResumeRequest{}), ControlRequest(StopRequest{false})));
    EXPECT_THAT(take(), IsEmpty());
    send(study_, StopRequest{true});
    EXPECT_THAT(take(), ElementsAre(ControlRequest(StopRequest{true})));
    for (const Arrived& arrived : arrived_) inbox_->done(arrived);
    EXPECT_THAT(files(), IsEmpty());
}

TEST_F(ControlTest, TheSenderSeesThatItIsTaken) {
    begin_run();
    const std::string file = send(study_, kOne);
    EXPECT_FALSE(wait_until_taken(file, std::chrono::milliseconds(0)));
    take();
    EXPECT_TRUE(wait_until_taken(file, std::chrono::milliseconds(0)));
}

TEST_F(ControlTest, AConfigurationSurvivesAKillUntilItIsDone) {
    send(study_, kOne);  // nothing runs
    begin_run();
    send(study_, kTwo);
    EXPECT_THAT(take(), ElementsAre(ControlRequest(kOne), ControlRequest(kTwo)));
    inbox_->done(arrived_.front());
    end_run();
    begin_run();
    EXPECT_THAT(take(), ElementsAre(ControlRequest(kTwo)));
}

TEST_F(ControlTest, WhatWasMeantForAnEarlierRunDoesNotReachTheNext) {
    begin_run();
    send(study_, StopRequest{false});
    send(study_, PauseRequest{});
    take();
    send(study_, StopRequest{true});  // not even looked at
    end_run();
    begin_run();
    EXPECT_THAT(take(), IsEmpty());
    EXPECT_THAT(files(), IsEmpty());
    send(study_, StopRequest{true});
    EXPECT_THAT(take(), ElementsAre(ControlRequest(StopRequest{true})));
}

TEST_F(ControlTest, DamageIsMovedAsideAndSaidOnce) {
    begin_run();
    folder_.write("control/0-enqueue.json", "{\"request\": \"enq");
    folder_.write("control/1-dance.json", R"({"request": "dance", "to": ""})");
    folder_.write("control/2-enqueue.json", R"({"request": "enqueue", "to": "", "params": {"lr": [1]}})");
    folder_.write("control/.3-stop.json", "half writ");  // being written
    folder_.write("control/readme.txt", "what is this?");
    send(study_, kOne);
    const Inbox inbox = inbox_->take();
    ASSERT_EQ(inbox.requests.size(), 1U);
    EXPECT_EQ(inbox.requests[0].request, ControlRequest(kOne));
    EXPECT_THAT(inbox.notes, ElementsAre(HasSubstr("0-enqueue.damaged"), HasSubstr("\"dance\" is no request"),
                                         HasSubstr("2-enqueue.damaged")));
    EXPECT_THAT(inbox_->take().notes, IsEmpty());
    EXPECT_TRUE(std::filesystem::exists(folder_.file("control/1-dance.damaged")));
}

TEST_F(ControlTest, AClockThatGoesBackDoesNotChangeTheOrder) {
    begin_run();
    folder_.write("control/09000000000000000000-1-pause.json", R"({"request": "pause", "to": ""})");
    EXPECT_THAT(std::filesystem::path(send(study_, kOne)).filename().string(),
                testing::Gt("09000000000000000000-1-pause.json"));
}

TEST_F(ControlTest, APauseHoldsUntilItIsDone) {
    EXPECT_FALSE(is_paused(study_));
    begin_run();
    send(study_, PauseRequest{});
    EXPECT_FALSE(is_paused(study_)) << "nobody has taken it";
    take();
    EXPECT_TRUE(is_paused(study_));
    inbox_->done(arrived_.front());
    EXPECT_FALSE(is_paused(study_));
    send(study_, PauseRequest{});
    take();
    end_run();
    EXPECT_FALSE(is_paused(study_)) << "the run has ended";
    lock_.emplace(study_);
    EXPECT_FALSE(is_paused(study_)) << "it was an earlier run's";
}

TEST_F(ControlTest, AFolderThatCannotBeMadeIsSaidToBeOne) {
    folder_.write("control", "a file");
    EXPECT_THROW(send(study_, kOne), StorageError);
    begin_run();
    EXPECT_THAT(take(), IsEmpty());
}

}  // namespace
}  // namespace o2v::orchestrator
