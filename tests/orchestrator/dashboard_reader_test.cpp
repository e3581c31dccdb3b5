// The studies of a folder, as the dashboard lists them.
#include "orchestrator/dashboard_reader.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "model/data/durable_file.hpp"
#include "orchestrator/experiment.hpp"
#include "orchestrator/storage.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

TEST(DashboardReaderTest, AStudyThatCouldNotBeReadIsTriedAgainThoughItsFilesAreAsBefore) {
    const TemporaryFolder folder;
    const std::string database = folder.file("a/study.db");
    const json space{{"x", {{"type", "float"}, {"min", 0}, {"max", 1}}}};
    const Experiment experiment = parse_experiment(
        json{{"objective", {{"metric", "loss"}}}, {"search", {{"space", space}}}}, "a.json", Origin::asked);
    fs::create_directories(folder.file("a"));
    open_sqlite_storage(database, OpenMode::read_write)
        ->create({"a", to_json(experiment).dump(), "{}", "{}", "{}"});
    const std::string whole = data::read_whole(database);

    folder.write("a/study.db", std::string(5000, 'x'));
    const auto changed = fs::last_write_time(database);
    DashboardReader reader(folder.path(), [](const std::string&, const Bytes&) {});
    const auto error = [&] { return json::parse(*reader.list().body).at(0).at("error"); };
    EXPECT_TRUE(error().is_string());
    folder.write("a/study.db", whole);
    fs::last_write_time(database, changed);
    EXPECT_TRUE(error().is_null()) << error();
}

}  // namespace
}  // namespace o2v::orchestrator
