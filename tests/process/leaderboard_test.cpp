// Leaderboards of several studies and exports, as a person asks for them.
#include <SQLiteCpp/Database.h>
#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/process/branin.hpp"

namespace o2v {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class LeaderboardTest : public BraninTest {
  protected:
    Finished ask(std::vector<std::string> arguments) {
        return run_tune(folder_.path(), std::move(arguments));
    }
    std::string contents(const std::string& name) {
        std::ifstream file(folder_.file(name), std::ios::binary);
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    }
};

TEST_F(LeaderboardTest, SeveralStudiesAreOneAndOthersGoalsAreRefused) {
    ASSERT_EQ(run(experiment(3), "runs/a").exit_code, 0);
    ASSERT_EQ(run(experiment(4, 0, {{"name", "other"}, {"search", {{"seed", 4}}}}), "runs/b").exit_code, 0);
    const json rows = json::parse(ask({"leaderboard", "a", "b", "--all", "--format", "json"}).out);
    ASSERT_EQ(rows.size(), 7U);
    EXPECT_EQ(rows[0]["rank"], 1);
    EXPECT_TRUE(rows[0]["study"] == "branin" || rows[0]["study"] == "other");
    EXPECT_THAT(ask({"leaderboard", "a", "b", "--format", "html"}).out,
                HasSubstr("Leaderboard: branin, other"));

    const json maximize{{"objective", {{"metric", "validation:loss"}, {"direction", "maximize"}}},
                        {"name", "up"}};
    ASSERT_EQ(run(experiment(2, 0, maximize), "runs/c").exit_code, 0);
    const Finished refused = ask({"leaderboard", "a", "c"});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("branin minimizes validation:loss, up maximizes validation:loss"));
    EXPECT_EQ(ask({"leaderboard", "a", "nowhere"}).exit_code, 2);
    EXPECT_EQ(ask({"leaderboard", "a", "runs/a/study.db"}).exit_code, 2) << "one study twice";
    EXPECT_EQ(ask({"leaderboard", "a", "--price-per-hour", "-1"}).exit_code, 2);
    EXPECT_EQ(ask({"leaderboard", "a", "--format", "pdf"}).exit_code, 2);
}

TEST_F(LeaderboardTest, AnInstanceHasThePriceOfTheCatalog) {
    ASSERT_EQ(run(experiment(2), "runs/a").exit_code, 0);
    const Finished shown = ask({"leaderboard", "a", "--instance", "ml.g5.xlarge"});
    EXPECT_THAT(shown.out, HasSubstr("at 1.408 an hour for the machine (ml.g5.xlarge, USD, price as of "
                                     "2026-08-17, secondary source)"));
    const auto csv = [&](const std::string& option, const std::string& value) {
        return ask({"leaderboard", "a", "--format", "csv", option, value}).out;
    };
    EXPECT_THAT(csv("--instance", "ml.g5.xlarge"), HasSubstr(",cost,"));
    EXPECT_EQ(csv("--instance", "ml.g5.xlarge"), csv("--price-per-hour", "1.408"));

    const Finished none = ask({"leaderboard", "a", "--instance", "ml.p2.8xlarge"});
    EXPECT_EQ(none.exit_code, 2);
    EXPECT_THAT(none.err,
                HasSubstr("--instance = ml.p2.8xlarge: has no price in the built-in instance catalog"));
    EXPECT_EQ(ask({"leaderboard", "a", "--instance", "ml.g5.xlarge", "--price-per-hour", "1"}).exit_code, 2);
    const Finished unknown = ask({"leaderboard", "a", "--instance", "ml.g5.xlargo"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_THAT(unknown.err, HasSubstr("did you mean ml.g5.xlarge?"));
    EXPECT_EQ(ask({"leaderboard", "a", "--catalog", "mine.json"}).exit_code, 2) << "of no instance";
    EXPECT_EQ(ask({"leaderboard", "a", "--instance", "x", "--catalog", "nowhere.json"}).exit_code, 2);
}

// A processor's counter, as the kernel shows it, that shows a tenth of a joule more every millisecond.
class FakeCounter {
  public:
    explicit FakeCounter(const TemporaryFolder& folder) : folder_(folder) {
        folder_.write("powercap/intel-rapl:0/name", "package-0\n");
        folder_.write("powercap/intel-rapl:0/max_energy_range_uj", "1000000000\n");
        show();
        thread_ = std::thread([this] {
            for (; !stop_; std::this_thread::sleep_for(std::chrono::milliseconds(1))) show();
        });
    }
    ~FakeCounter() {
        stop_ = true;
        thread_.join();
    }

  private:
    void show() {
        microjoules_ = (microjoules_ + 100'000) % 1'000'000'000;
        folder_.write("powercap/new", std::to_string(microjoules_) + '\n');
        fs::rename(folder_.file("powercap/new"), folder_.file("powercap/intel-rapl:0/energy_uj"));
    }

    const TemporaryFolder& folder_;
    std::uint64_t microjoules_ = 0;
    std::atomic<bool> stop_{false};
    std::thread thread_;
};

TEST_F(LeaderboardTest, EnergyIsACostWhereTheMachineTells) {
    {
        const FakeCounter counter(folder_);
        const Finished done = run(experiment(3, 0.05), "runs/a");
        ASSERT_EQ(done.exit_code, 0) << done.err;
        EXPECT_THAT(done.out, testing::ContainsRegex("energy: [0-9.]+ J by the counters of package-0"));
    }
    const json rows = json::parse(ask({"leaderboard", "a", "--all", "--format", "json"}).out);
    ASSERT_EQ(rows.size(), 3U);
    double joules = 0;
    for (const json& row : rows) {
        EXPECT_GT(row["joules"], 0);
        joules += row["joules"].get<double>();
    }
    SQLite::Database db(folder_.file("runs/a/study.db"));
    EXPECT_NEAR(db.execAndGet("SELECT sum(joules) FROM epoch").getDouble(), joules, 1e-9 * joules);
    EXPECT_GE(db.execAndGet("SELECT joules FROM run").getDouble(), (1 - 1e-9) * joules);
    EXPECT_THAT(ask({"leaderboard", "a"}).out, testing::ContainsRegex("all trials used [0-9.]+ J"));
    EXPECT_THAT(ask({"export", "a"}).out, HasSubstr(",joules\n"));
    EXPECT_THAT(ask({"export", "a", "--what", "curves"}).out, HasSubstr(",joules,"));

    fs::remove_all(folder_.file("powercap"));
    const Finished silent = run(experiment(3), "runs/b");
    EXPECT_THAT(silent.out, testing::Not(HasSubstr("energy")));
    EXPECT_THAT(ask({"leaderboard", "b", "--format", "json"}).out, testing::Not(HasSubstr("joules")));
}

TEST_F(LeaderboardTest, AGpusEnergyIsThatOfItsSlots) {
    setenv("LD_LIBRARY_PATH", O2V_FAKE_NVML, 1);
    const Finished doctor = ask({"doctor"});
    const Finished on_gpu = run(experiment(2, 0.05, {{"resources", {{"slots", "auto"}}}}), "runs/gpu");
    unsetenv("LD_LIBRARY_PATH");
    EXPECT_THAT(doctor.out, testing::ContainsRegex("ok +energy +counted by GPU-fake\n"));
    ASSERT_EQ(on_gpu.exit_code, 0) << on_gpu.err;
    EXPECT_THAT(on_gpu.out, HasSubstr("by the counters of GPU-fake"));
    // 100 W, while the one slot has it.
    double joules = 0, seconds = 0;
    for (const json& row : json::parse(ask({"leaderboard", "gpu", "--all", "--format", "json"}).out)) {
        joules += row["joules"].get<double>();
        seconds += row["seconds"].get<double>();
    }
    EXPECT_GT(joules, 90 * seconds);
    SQLite::Database db(folder_.file("runs/gpu/study.db"));
    const double run = db.execAndGet("SELECT joules FROM run").getDouble();
    EXPECT_LE(joules, run);
    EXPECT_NEAR(run, 0.1 * db.execAndGet("SELECT touched_ms - started_ms FROM run").getDouble(), 0.1 * run);
}

TEST_F(LeaderboardTest, RepeatsAreGroupedWithTheirInterval) {
    const json grid{{"search", {{"strategy", "grid"}, {"grid_points", 2}, {"repeats", 2}}},
                    {"pruner", {{"type", "none"}}}};
    ASSERT_EQ(run(experiment(8, 0, grid), "runs/a").exit_code, 0);
    const json rows = json::parse(ask({"leaderboard", "a", "--group", "--format", "json"}).out);
    ASSERT_EQ(rows.size(), 4U);
    for (const json& row : rows) {
        ASSERT_EQ(row["runs"].size(), 2U);
        EXPECT_NE(row["runs"][0]["seed"], row["runs"][1]["seed"]);
        EXPECT_FALSE(row["low"].is_null());
    }
    EXPECT_THAT(ask({"leaderboard", "a"}).out, HasSubstr("run with several seeds: 4 configurations"));
    const Finished refused =
        ask({"validate", experiment(8, 0, {{"search", {{"strategy", "cmaes"}, {"repeats", 2}}}})});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("/search/repeats = 2: must be 1 with \"cmaes\""));
}

TEST_F(LeaderboardTest, AllTrialsAndCurvesAreExported) {
    ASSERT_EQ(run(experiment(3), "runs/a").exit_code, 0);
    const Finished csv = ask({"export", "a"});
    EXPECT_EQ(csv.exit_code, 0) << csv.err;
    EXPECT_EQ(std::count(csv.out.begin(), csv.out.end(), '\n'), 4);
    EXPECT_EQ(ask({"export", "a", "-o", "trials.csv"}).exit_code, 0);
    EXPECT_EQ(contents("trials.csv"), csv.out);
    EXPECT_FALSE(fs::exists(folder_.file("trials.csv.tmp")));
    const json all = json::parse(ask({"export", "a", "--format", "json"}).out);
    std::size_t epochs = 0;
    for (const json& trial : all["trials"]) epochs += trial["curve"].size();
    const std::string curves = ask({"export", "a", "--what", "curves"}).out;
    EXPECT_EQ(std::count(curves.begin(), curves.end(), '\n'), static_cast<std::ptrdiff_t>(epochs + 1));

    EXPECT_EQ(ask({"export", "a", "--format", "tensorboard", "-o", "board"}).exit_code, 0);
    EXPECT_TRUE(fs::exists(folder_.file("board/events.out.tfevents.0.o2v-tune")));
    const std::string events = contents("board/trial-0002/events.out.tfevents.0.o2v-tune");
    EXPECT_THAT(events, HasSubstr("brain.Event:2"));
    EXPECT_THAT(events, HasSubstr("validation/loss"));
    EXPECT_EQ(ask({"export", "a", "--format", "tensorboard", "-o", "board"}).exit_code, 0) << "again";
    EXPECT_EQ(contents("board/trial-0002/events.out.tfevents.0.o2v-tune"), events);

    EXPECT_EQ(ask({"export", "a", "--format", "tensorboard"}).exit_code, 2);
    EXPECT_EQ(ask({"export", "a", "--format", "tensorboard", "-o", "trials.csv"}).exit_code, 2);
    EXPECT_EQ(ask({"export", "a", "--format", "json", "--what", "curves"}).exit_code, 2);
    EXPECT_EQ(ask({"export", "a", "-o", "board"}).exit_code, 2);
    EXPECT_EQ(ask({"export", "a", "-o", "no/such/folder.csv"}).exit_code, 1);
    EXPECT_EQ(ask({"export", "nowhere"}).exit_code, 2);
}

}  // namespace
}  // namespace o2v
