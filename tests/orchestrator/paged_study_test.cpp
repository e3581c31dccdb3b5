#include "orchestrator/paged_study.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "orchestrator/programs.hpp"
#include "orchestrator/stored_study.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/random_events.hpp"
#include "tests/orchestrator/temporary_folder.hpp"
#include "worker/protocol/messages.hpp"

namespace o2v::orchestrator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class PagedStudyTest : public testing::Test {
  protected:
    PagedStudyTest() {
        experiment_.study.name = "paged";
        experiment_.study.goal.metric = "loss";
        storage_->create({"paged", to_json(experiment_).dump(), "{}", "{}", "{}"});
    }
    void record(const std::vector<TrialEvent>& events) { storage_->record(events); }
    void begin(TrialId id, int attempt = 1) {
        if (attempt == 1) record({TrialCreated{id, {}, 1}});
        record({AttemptStarted{id, attempt, "slot-0/pid-1", "cpu", "box", {}}});
    }
    PagedStudy open() const { return {run_, "runs/paged"}; }

    TemporaryFolder folder_;
    RunFolder run_{folder_.path()};
    Experiment experiment_;
    std::unique_ptr<Storage> storage_ = open_sqlite_storage(folder_.file("study.db"), OpenMode::read_write);
};

TEST_F(PagedStudyTest, TellsWhichTrialsHaveChanged) {
    PagedStudy paged = open();
    EXPECT_THAT(paged.refresh(), IsEmpty());
    begin(0);
    begin(1);
    EXPECT_THAT(paged.refresh(), ElementsAre(0, 1));
    EXPECT_THAT(paged.refresh(), IsEmpty());
    record({Reported{1, 1, {0, {{"loss", 0.5}}}}});
    EXPECT_THAT(paged.refresh(), ElementsAre(1));
    EXPECT_EQ(paged.study().trial(1).curve.size(), 1u);
}

TEST_F(PagedStudyTest, IsTheStudyOfItsEventsHoweverItIsFollowed) {
    RandomEvents events(3);
    Study study(experiment_.study);
    PagedStudy paged = open();
    for (int step = 0; step < 400; ++step) {
        const TrialEvent event = events.next(study);
        study.apply(event);
        record({event});
        if (step % 7 == 0) paged.refresh();
    }
    paged.refresh();
    EXPECT_EQ(reports::page_document(paged.study(), {}), reports::page_document(study, {}));
    for (const auto& [id, attempts] : paged.extras().attempts) {
        const Trial& trial = study.trial(id);
        ASSERT_EQ(attempts.size(), trial.attempts.size());
        for (std::size_t i = 0; i < attempts.size(); ++i) {
            const bool open = i + 1 == attempts.size() && trial.state() == TrialState::running;
            EXPECT_EQ(attempts[i].end.has_value(), !open) << id;
            if (attempts[i].end) {
                EXPECT_GE(*attempts[i].end, attempts[i].start);
            }
        }
    }
}

TEST_F(PagedStudyTest, AnAttemptEndsWithAPauseAFailureOrTheTrial) {
    begin(0);
    record({Reported{0, 1, {0, {{"loss", 0.5}}}}, Pausing{0, "rung"}, Checkpointed{0, 1, {"c", 0}},
            Paused{0, "rung"}, Resumed{0}});
    begin(0, 2);
    record({AttemptFailed{0, 2, FailureKind::crashed, ""}});
    begin(0, 3);
    PagedStudy paged = open();
    paged.refresh();
    const std::vector<reports::TimeSpan> attempts = paged.extras().attempts.at(0);
    ASSERT_EQ(attempts.size(), 3u);
    EXPECT_TRUE(attempts[0].end && attempts[1].end);
    EXPECT_FALSE(attempts[2].end);
    EXPECT_GT(attempts[0].start, 1.7e9) << "seconds since 1970";
    record({TrialEnded{0, Pruned{"enough", false}}});
    paged.refresh();
    EXPECT_TRUE(paged.extras().attempts.at(0)[2].end);
}

TEST_F(PagedStudyTest, SaysWhetherItIsBeingRun) {
    storage_->start_run(1, "box");
    PagedStudy paged = open();
    EXPECT_FALSE(paged.extras().running);
    ASSERT_EQ(paged.extras().runs.size(), 1u);
    EXPECT_TRUE(paged.extras().runs[0].end);
    const RunLock lock(run_);
    EXPECT_TRUE(paged.extras().running);
    EXPECT_FALSE(paged.extras().runs[0].end) << "it goes on";
    EXPECT_EQ(paged.extras().run, "runs/paged");
}

TEST_F(PagedStudyTest, WithoutADatabaseThereIsNone) {
    TemporaryFolder empty;
    EXPECT_THROW(PagedStudy(RunFolder(empty.path()), "x"), StorageError);
}

class PageLogsTest : public PagedStudyTest {
  protected:
    void log(TrialId id, const std::string& text) {
        const std::string file = run_.trial(id) + "/output.log";
        std::filesystem::create_directories(std::filesystem::path(file).parent_path());
        std::ofstream(file) << text;
    }
    Study study() const { return rebuild(experiment_.study, *storage_); }
};

TEST_F(PageLogsTest, TheTailIsOfWholeLines) {
    begin(0);
    log(0, "first line\nsecond line\nthird\n");
    EXPECT_EQ(log_tail(run_, study(), 0, 100), "first line\nsecond line\nthird\n");
    EXPECT_EQ(log_tail(run_, study(), 0, 20), "second line\nthird\n");
    EXPECT_EQ(log_tail(run_, study(), 0, 6), "third\n");
    EXPECT_EQ(log_tail(run_, study(), 0, 3), "rd\n") << "a line longer than that is cut";
    log(0, std::string(50, 'x'));
    EXPECT_EQ(log_tail(run_, study(), 0, 10), std::string(10, 'x'));
    record({TrialCreated{1, {}, 1}});
    EXPECT_EQ(log_tail(run_, study(), 1, 10), "") << "never started";
    EXPECT_THROW(log_tail(run_, study(), 2, 10), std::out_of_range);
}

TEST_F(PageLogsTest, OfTheBestTheRunningTheFailedThenTheOthersInOrder) {
    for (TrialId id = 0; id < 6; ++id) {
        begin(id);
        log(id, "log of " + std::to_string(id));
    }
    record({TrialEnded{0, Completed{{{"loss", 3}}, 0, ""}}, TrialEnded{1, Completed{{{"loss", 1}}, 0, ""}},
            TrialEnded{2, Failure{FailureKind::crashed, ""}}, TrialEnded{3, Completed{{{"loss", 2}}, 0, ""}},
            TrialEnded{4, Failure{FailureKind::crashed, ""}}});
    const auto kept = [&](std::size_t n) {
        std::vector<TrialId> ids;
        for (const auto& [id, text] : page_logs(run_, study(), n)) {
            EXPECT_EQ(text, "log of " + std::to_string(id));
            ids.push_back(id);
        }
        return ids;
    };
    EXPECT_THAT(kept(0), IsEmpty());
    EXPECT_THAT(kept(1), ElementsAre(1));
    EXPECT_THAT(kept(2), ElementsAre(1, 5));
    EXPECT_THAT(kept(3), ElementsAre(1, 4, 5));
    EXPECT_THAT(kept(5), ElementsAre(1, 2, 3, 4, 5));
    EXPECT_THAT(kept(100), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(ShellWord, IsReadBackAsItIs) {
    EXPECT_EQ(shell_word("runs/wordnet-2.a"), "runs/wordnet-2.a");
    EXPECT_EQ(shell_word("my runs/a"), "'my runs/a'");
    EXPECT_EQ(shell_word("it's"), R"('it'\''s')");
    EXPECT_EQ(shell_word("$(rm -r x)"), "'$(rm -r x)'");
    EXPECT_EQ(shell_word("~/x"), "'~/x'");
    EXPECT_EQ(shell_word(""), "''");
}

}  // namespace
}  // namespace o2v::orchestrator
