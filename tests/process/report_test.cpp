// o2v-tune report: the file it writes, and what it says when it cannot.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/process/branin.hpp"

namespace o2v {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class ReportTest : public BraninTest {
  protected:
    Finished report(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "report");
        return run_tune(folder_.path(), std::move(arguments));
    }
    // The documents in a report.
    json documents(const std::string& file) const {
        std::ifstream in(folder_.file(file));
        std::stringstream text;
        text << in.rdbuf();
        const std::string html = text.str(), begin = R"(<script type="application/json" id="document">)";
        const std::size_t from = html.find(begin);
        EXPECT_NE(from, std::string::npos) << file;
        const std::size_t first = from + begin.size();
        return json::parse(html.substr(first, html.find("</script>", first) - first));
    }
};

TEST_F(ReportTest, HoldsTheStudyOrSeveral) {
    ASSERT_EQ(run(experiment(12), "runs/branin").exit_code, 0);
    ASSERT_EQ(run(experiment(4), "runs/it's mine").exit_code, 0);
    const Finished written = report({"branin", "runs/it's mine", "-o", "both.html"});
    EXPECT_EQ(written.exit_code, 0) << written.err;
    EXPECT_EQ(written.out, "both.html: branin, 12 trials; branin, 4 trials\n");
    const json both = documents("both.html");
    ASSERT_EQ(both.size(), 2u);
    EXPECT_EQ(both[0]["run"], "runs/branin");
    EXPECT_EQ(both[1]["run"], R"('runs/it'\''s mine')");
    const json board = leaderboard("runs/branin");
    ASSERT_EQ(board.size(), both[0]["trials"].size());
    for (const json& row : board) {
        const json& trial = both[0]["trials"][row["trial"].get<std::size_t>()];
        EXPECT_EQ(trial["value"], row["value"]);
        EXPECT_EQ(trial["params"], row["params"]);
        ASSERT_EQ(trial["attempts"].size(), 1u);
        EXPECT_LE(trial["attempts"][0]["start"], trial["attempts"][0]["end"]);
    }
    EXPECT_EQ(both[0]["importance"].size(), 2u);
    EXPECT_EQ(both[0]["running"], false);
}

TEST_F(ReportTest, WithoutArgumentsTheLatestStudyBecomesReportHtml) {
    ASSERT_EQ(run(experiment(3), "runs/branin").exit_code, 0);
    const Finished written = report({});
    EXPECT_EQ(written.exit_code, 0) << written.err;
    EXPECT_EQ(documents("report.html")[0]["trials"].size(), 3u);
}

TEST_F(ReportTest, OfAStudyThatRuns) {
    const std::string file = experiment(50, 0.05);
    Program running(folder_.path(), tune({"run", file, "--out", "runs/branin"}));
    ASSERT_TRUE(running.wait_for("trial 0 completed"));
    const Finished written = report({"branin"});
    EXPECT_EQ(written.exit_code, 0) << written.err;
    const json page = documents("report.html")[0];
    EXPECT_EQ(page["running"], true);
    EXPECT_EQ(page["runs"][0]["end"], nullptr);
    EXPECT_GE(page["trials"].size(), 1u);
}

TEST_F(ReportTest, SaysWhatIsWrong) {
    EXPECT_EQ(report({}).exit_code, 2) << "there is no study";
    ASSERT_EQ(run(experiment(2), "runs/branin").exit_code, 0);
    const Finished unknown = report({"branim"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_THAT(unknown.err, HasSubstr("did you mean branin?"));
    const Finished folder = report({"branin", "-o", "runs"});
    EXPECT_EQ(folder.exit_code, 2);
    EXPECT_THAT(folder.err, HasSubstr("--output = runs: is a folder"));
    const Finished nameless = report({"branin", "-o", ""});
    EXPECT_EQ(nameless.exit_code, 2);
    EXPECT_THAT(nameless.err, HasSubstr("--output"));
    EXPECT_EQ(report({""}).exit_code, 2);
    const Finished nowhere = report({"branin", "-o", "no/such/folder/report.html"});
    EXPECT_EQ(nowhere.exit_code, 1);
    EXPECT_THAT(nowhere.err, HasSubstr("no/such/folder/report.html"));
    EXPECT_FALSE(std::filesystem::exists(folder_.file("report.html")));
    folder_.write("runs/branin/study.db", "no database");
    std::filesystem::remove(folder_.file("runs/branin/study.db-wal"));
    const Finished damaged = report({"branin"});
    EXPECT_EQ(damaged.exit_code, 1);
    EXPECT_THAT(damaged.err, HasSubstr("study.db"));
}

TEST_F(ReportTest, HelpTeaches) {
    const Finished help = report({"--help"});
    EXPECT_EQ(help.exit_code, 0);
    EXPECT_THAT(help.out, HasSubstr("Example:\n  o2v-tune report"));
}

}  // namespace
}  // namespace o2v
