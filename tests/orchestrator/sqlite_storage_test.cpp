#include <SQLiteCpp/SQLiteCpp.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "orchestrator/sqlite_schema.hpp"
#include "orchestrator/storage.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

// What SQLite has asked the system to put on disk: these definitions come before the C library's.
namespace {
std::vector<std::string> synced_files;
int note_sync(int fd, long call) {
    std::array<char, 4096> path{};
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    if (readlink(link.c_str(), path.data(), path.size() - 1) > 0) synced_files.emplace_back(path.data());
    return static_cast<int>(syscall(call, fd));
}
}  // namespace
extern "C" int fsync(int fd) {
    return note_sync(fd, SYS_fsync);
}
extern "C" int fdatasync(int fd) {
    return note_sync(fd, SYS_fdatasync);
}

namespace o2v::orchestrator {
namespace {

using testing::HasSubstr;

const StudyRecord kStudy{"s", "{}", "{}", "{}", "{}"};

std::string error_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const StorageError& e) {
        return e.what();
    }
    return "no error";
}

class SqliteStorageTest : public testing::Test {
  protected:
    std::unique_ptr<Storage> open(OpenMode mode = OpenMode::read_write) const {
        return open_sqlite_storage(path_, mode);
    }
    std::int64_t query(const std::string& sql) const {
        SQLite::Database db(path_, SQLite::OPEN_READONLY);
        return db.execAndGet(sql).getInt64();
    }

    TemporaryFolder folder_;
    std::string path_ = folder_.file("study.db");
};

TEST_F(SqliteStorageTest, AnotherHandleReadsWhatOneHasRecorded) {
    const auto writer = open();
    writer->create(kStudy);
    writer->record(std::vector<TrialEvent>{TrialCreated{0, {}, 1}});
    const auto reader = open(OpenMode::read_only);
    EXPECT_EQ(reader->study(), kStudy);
    EXPECT_EQ(reader->load().size(), 1U);
    writer->record(std::vector<TrialEvent>{TrialCreated{1, {}, 1}});
    EXPECT_EQ(reader->load().size(), 2U);
}

TEST_F(SqliteStorageTest, ABatchWithOneWrongEventLeavesNothing) {
    const auto storage = open();
    storage->record(std::vector<TrialEvent>{TrialCreated{0, {}, 1}});
    EXPECT_THROW(storage->record(std::vector<TrialEvent>{TrialCreated{1, {}, 1}, TrialCreated{0, {}, 1}}),
                 StorageError);
    EXPECT_EQ(storage->load().size(), 1U);
    EXPECT_EQ(query("SELECT count(*) FROM trial"), 1);
}

TEST_F(SqliteStorageTest, ForeignKeysHold) {
    EXPECT_THROW(open()->record(std::vector<TrialEvent>{AttemptStarted{9, 1, "s", "cpu", "h", {}}}),
                 StorageError);
}

TEST_F(SqliteStorageTest, TheTablesAnswerQuestions) {
    open()->record(std::vector<TrialEvent>{
        TrialCreated{0, {{"lr", 0.5}}, 7}, AttemptStarted{0, 1, "w", "cpu", "host", {1}},
        Reported{0, 1, {0, {{"validation:accuracy", 0.8}}, std::chrono::milliseconds(2500), 1000, 4096}},
        TrialEnded{0, Completed{{{"validation:accuracy", 0.8}, {"test:accuracy", 0.75}}, 0, "m"}}});
    EXPECT_EQ(query("SELECT count(*) FROM trial WHERE state = 'completed' AND seed = '7' AND "
                    "json_extract(params, '$.lr') = 0.5"),
              1);
    EXPECT_EQ(query("SELECT count(*) FROM epoch WHERE seconds = 2.5 AND pairs_per_second = 1000 AND "
                    "peak_memory_bytes = 4096"),
              1);
    EXPECT_EQ(
        query("SELECT count(*) FROM metric WHERE epoch = -1 AND name = 'test:accuracy' AND value = 0.75"), 1);
    EXPECT_EQ(query("SELECT count(*) FROM attempt WHERE device = 'cpu' AND host = 'host' AND cores = '[1]' "
                    "AND ended_at IS NOT NULL"),
              1);
}

TEST_F(SqliteStorageTest, APauseEndsItsAttempt) {
    open()->record(std::vector<TrialEvent>{TrialCreated{0, {}, 7}, AttemptStarted{0, 1, "w", "cpu", "h", {}},
                                           Paused{0, "rung"}});
    EXPECT_EQ(query("SELECT count(*) FROM attempt WHERE ended_at IS NOT NULL AND failure IS NULL"), 1);
}

TEST_F(SqliteStorageTest, AnOlderSchemaIsUpgradedAndKeepsItsData) {
    {
        SQLite::Database db(path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
        upgrade_schema(db, 1);
        db.exec(
            "INSERT INTO study (id, name, experiment, data_hashes, machine, versions) VALUES (1, 's', '{}', "
            "'{}', '{}', '{}')");
        EXPECT_FALSE(db.tableExists("run"));
    }
    EXPECT_EQ(open(OpenMode::read_only)->study(), kStudy);
    EXPECT_EQ(open(OpenMode::read_only)->milliseconds_of_runs(), 0);
    EXPECT_EQ(query("PRAGMA user_version"), 1) << "a reader leaves it as it is";
    const auto storage = open();
    EXPECT_EQ(storage->study(), kStudy);
    storage->start_run(1, "h");
    EXPECT_EQ(query("PRAGMA user_version"), current_schema_version());
    EXPECT_EQ(query("SELECT count(*) FROM run WHERE joules IS NULL"), 1);
    EXPECT_EQ(query("SELECT count(*) FROM pragma_table_info('epoch') WHERE name = 'joules'"), 1);
}

TEST_F(SqliteStorageTest, EnergyIsInItsColumns) {
    {
        const auto storage = open();
        storage->start_run(1, "h");
        Measurement told{0, {}, std::chrono::milliseconds(1), 1, 1}, untold = told;
        told.joules = 2.5;
        untold.epoch = 1;
        storage->record(std::vector<TrialEvent>{TrialCreated{0, {}, 7},
                                                AttemptStarted{0, 1, "w", "cpu", "h", {}},
                                                Reported{0, 1, told}, Reported{0, 1, untold}});
        storage->record_energy(3);
        storage->record_energy(4.5);
        const std::vector<TrialEvent> events = storage->load();
        EXPECT_EQ(std::get<Reported>(events[2]).measurement, told);
        EXPECT_EQ(std::get<Reported>(events[3]).measurement, untold);
        storage->start_run(2, "h");
    }
    EXPECT_EQ(query("SELECT count(*) FROM epoch WHERE epoch = 0 AND joules = 2.5"), 1);
    EXPECT_EQ(query("SELECT count(*) FROM epoch WHERE epoch = 1 AND joules IS NULL"), 1);
    EXPECT_EQ(query("SELECT count(*) FROM run WHERE pid = 1 AND joules = 4.5"), 1);
    EXPECT_EQ(query("SELECT count(*) FROM run WHERE pid = 2 AND joules IS NULL"), 1);
}

TEST_F(SqliteStorageTest, ANewerSchemaIsRefused) {
    open();
    SQLite::Database(path_, SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
    EXPECT_THAT(error_of([&] { open(); }), HasSubstr("newer o2v-tune (schema 99"));
}

TEST_F(SqliteStorageTest, ADamagedFileIsSaidToBeOne) {
    folder_.write("study.db", std::string(5000, 'x'));
    EXPECT_THAT(error_of([&] { open(); }), HasSubstr("damaged or no study database"));
}

TEST_F(SqliteStorageTest, AnEmptiedDatabaseBesideItsTrialsIsDamagedAndAnEmptyOneAloneIsNew) {
    folder_.write("study.db", "");
    EXPECT_FALSE(open(OpenMode::read_only)->has_study());
    folder_.write("checkpoints/trial-0/checkpoint", "x");
    for (const OpenMode mode : {OpenMode::read_only, OpenMode::read_write})
        EXPECT_THAT(error_of([&] { open(mode); }),
                    HasSubstr("is empty, though there are files of its study in"));
    std::filesystem::remove_all(folder_.file("checkpoints"));
    EXPECT_FALSE(open()->has_study());
}

TEST_F(SqliteStorageTest, ALockedDatabaseIsSaidToBeLocked) {
    const auto storage = open();
    SQLite::Database other(path_, SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    EXPECT_THAT(error_of([&] {
                    storage->record(std::vector<TrialEvent>{TrialCreated{0, {}, 1}});
                }),
                HasSubstr("another program holds it locked"));
    other.exec("ROLLBACK");
    EXPECT_TRUE(storage->load().empty());
    storage->record(std::vector<TrialEvent>{TrialCreated{0, {}, 1}});
    EXPECT_EQ(storage->load().size(), 1U);
}

TEST_F(SqliteStorageTest, SyncPutsTheLogOnDiskWhenSomethingWasRecordedSince) {
    const auto storage = open();
    const auto syncs = [&](const std::function<void()>& action) {
        synced_files.clear();
        action();
        return std::count(synced_files.begin(), synced_files.end(), path_ + "-wal");
    };
    TrialId next = 0;
    const auto record = [&](Storage& to) { to.record(std::vector<TrialEvent>{TrialCreated{next++, {}, 1}}); };
    EXPECT_EQ(syncs([&] { record(*storage); }), 0);
    EXPECT_EQ(syncs([&] { storage->sync(); }), 1);
    EXPECT_EQ(syncs([&] { storage->sync(); }), 0);
    record(*storage);
    storage->touch_run();
    EXPECT_EQ(syncs([&] { storage->sync(); }), 1);
}

TEST_F(SqliteStorageTest, AtOnceEveryRecordIsOnDiskWhenItReturns) {
    const auto storage = open_sqlite_storage(path_, OpenMode::read_write, Durability::at_once);
    for (TrialId id = 0; id < 3; ++id) {
        synced_files.clear();
        storage->record(std::vector<TrialEvent>{TrialCreated{id, {}, 1}});
        EXPECT_THAT(synced_files, testing::Contains(path_ + "-wal")) << id;
    }
    synced_files.clear();
    storage->sync();
    EXPECT_THAT(synced_files, testing::IsEmpty());
}

TEST_F(SqliteStorageTest, AnEventThatCannotBeReadIsNamed) {
    open()->record(std::vector<TrialEvent>{TrialCreated{0, {}, 1}});
    SQLite::Database(path_, SQLite::OPEN_READWRITE).exec("UPDATE event SET body = '{}'");
    EXPECT_THAT(error_of([&] { open()->load(); }), HasSubstr("event 1 cannot be read"));
}

TEST_F(SqliteStorageTest, MissingThingsAreSaidToBeMissing) {
    EXPECT_THAT(error_of([&] { open(OpenMode::read_only); }), HasSubstr("there is no study here"));
    EXPECT_THAT(
        error_of([&] { open_sqlite_storage(folder_.file("no/such/study.db"), OpenMode::read_write); }),
        HasSubstr("cannot be opened"));
    EXPECT_THAT(error_of([&] { open()->study(); }), HasSubstr("holds no study"));
}

}  // namespace
}  // namespace o2v::orchestrator
