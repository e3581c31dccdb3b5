// Energy as a cost: shown where it was measured, and nowhere else.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/export.hpp"
#include "reports/leaderboard.hpp"
#include "reports/page.hpp"
#include "tests/reports/studies.hpp"

namespace o2v::reports {
namespace {

using nlohmann::json;
using o2v::testing::demo_study;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Trials of one and of two epochs, 1,800 J each, and one that was not measured to its end.
Study measured_study(bool whole = true) {
    StudySpec spec;
    spec.name = "measured";
    spec.goal = {"loss", Direction::minimize};
    spec.space = SearchSpace({{"x", IntDomain{0, 9}, {}}});
    Study study(spec);
    for (TrialId id = 0; id < 3; ++id) {
        study.apply(TrialCreated{id, {{"x", std::int64_t{id / 2}}}, static_cast<std::uint64_t>(id)});
        study.apply(AttemptStarted{id, 1, "slot-0/pid-1", "cpu", "box", {0}});
        for (std::int64_t epoch = 0; epoch <= id; ++epoch) {
            Measurement m{
                epoch, {{"loss", 1.0 + static_cast<double>(id)}}, std::chrono::milliseconds(60000), 1, 1};
            if (whole || id < 2 || epoch == 0) m.joules = 1800;
            study.apply(Reported{id, 1, m});
        }
        study.apply(TrialEnded{id, Completed{{{"loss", 1.0 + static_cast<double>(id)}}, 0, ""}});
    }
    return study;
}

std::string exported(void (*write)(const Study&, const Sink&), const Study& study) {
    std::string text;
    write(study, [&](std::string_view piece) { text += piece; });
    return text;
}

TEST(Energy, IsReadByPeople) {
    EXPECT_EQ(energy_text(0), "0 J");
    EXPECT_EQ(energy_text(0.01234), "0.0123 J");
    EXPECT_EQ(energy_text(812.4), "812 J");
    EXPECT_EQ(energy_text(1000), "0.278 Wh");
    EXPECT_EQ(energy_text(3600), "1 Wh");
    EXPECT_EQ(energy_text(44640), "12.4 Wh");
    EXPECT_EQ(energy_text(3.6e6 * 3.07), "3.07 kWh");
}

TEST(Energy, IsAColumnAndALineOfTheLeaderboard) {
    EXPECT_EQ('\n' + leaderboard(measured_study(), {}), R"(
rank  trial  state        loss  epochs  seconds      Wh  x
   1      0  completed  1.0000       1     60.0  0.5000  0
   2      1  completed  2.0000       2    120.0  1.0000  0
   3      2  completed  3.0000       3    180.0  1.5000  1

run with several seeds: 1 configuration; --group shows their means
all trials used 3 Wh
)");
    LeaderboardOptions priced;
    priced.price_per_hour = 3;
    EXPECT_THAT(leaderboard(measured_study(), priced),
                HasSubstr("all trials used 3 Wh\nall trials cost 0.3, at 3 an hour"));
    LeaderboardOptions html;
    html.format = Format::html;
    EXPECT_THAT(leaderboard(measured_study(), html),
                AllOf(HasSubstr("Wh"), HasSubstr("all trials used 3 Wh")));
}

TEST(Energy, OfATrialIsKnownWhenAllOfItsEpochsTell) {
    EXPECT_THAT(
        leaderboard(measured_study(false), {}),
        AllOf(HasSubstr("180.0       -  1"), HasSubstr("the 2 of 3 trials that were measured used 1.5 Wh")));
    LeaderboardOptions data;
    data.format = Format::json;
    const json rows = json::parse(leaderboard(measured_study(false), data));
    EXPECT_EQ(rows[0]["joules"], 1800);
    EXPECT_EQ(rows[2]["joules"], nullptr);
}

TEST(Energy, OfAForkIsWithoutItsParents) {
    Study study = measured_study();
    study.apply(TrialCreated{3, {{"x", std::int64_t{4}}}, 9, "", Fork{2, 1}});
    EXPECT_THAT(leaderboard(study, {}), HasSubstr("all trials used 3 Wh"));
    study.apply(AttemptStarted{3, 1, "slot-0/pid-1", "cpu", "box", {0}});
    Measurement own{2, {{"loss", 0.5}}, std::chrono::milliseconds(1), 1, 1};
    own.joules = 3600;
    study.apply(Reported{3, 1, own});
    EXPECT_THAT(leaderboard(study, {}), HasSubstr("all trials used 4 Wh"));
}

TEST(Energy, IsDataInJoules) {
    LeaderboardOptions data;
    data.format = Format::csv;
    EXPECT_THAT(leaderboard(measured_study(), data), HasSubstr("epochs,seconds,joules,x,seed,reason\n"
                                                               "1,0,completed,1,1,60,1800,0,0,\n"));
    EXPECT_THAT(exported(export_trials_csv, measured_study()),
                AllOf(HasSubstr(",why,joules\n"), HasSubstr(",3600\n")));
    EXPECT_THAT(exported(export_trials_csv, measured_study(false)), HasSubstr(",,,\n"));
    EXPECT_THAT(
        exported(export_curves_csv, measured_study(false)),
        AllOf(HasSubstr("peak_memory_bytes,joules,loss\n"), HasSubstr("2,0,60,1,1,1800,3\n2,1,60,1,1,,3\n")));
    const json trial = json::parse(trial_json(measured_study(), 1));
    EXPECT_EQ(trial["joules"], 3600);
    EXPECT_EQ(trial["curve"][1]["joules"], 1800);
    EXPECT_THAT(trial_page(measured_study(), 1), AllOf(HasSubstr("memory MiB     J"), HasSubstr("1800")));
    EXPECT_EQ(json::parse(page_document(measured_study(), {}))["trials"][2]["joules"], 5400);
}

TEST(Energy, OfSeedsIsAMean) {
    LeaderboardOptions group;
    group.group = true;
    EXPECT_THAT(leaderboard(measured_study(), group), HasSubstr("90.0  0.7500"));
    group.format = Format::csv;
    EXPECT_THAT(
        leaderboard(measured_study(false), group),
        AllOf(HasSubstr("high,seconds,joules,x\n"), HasSubstr(",90,2700,0\n"), HasSubstr(",180,,1\n")));
    group.format = Format::json;
    const json rows = json::parse(leaderboard(measured_study(false), group));
    EXPECT_EQ(rows[0]["joules"], 2700);
    EXPECT_EQ(rows[1]["joules"], nullptr);
}

TEST(Energy, IsNowhereWhereNothingTellsOfIt) {
    const Study study = demo_study();
    for (const Format format : {Format::text, Format::csv, Format::json, Format::html}) {
        LeaderboardOptions options;
        options.format = format;
        options.all = true;
        options.price_per_hour = 1;
        EXPECT_THAT(leaderboard(study, options),
                    AllOf(Not(HasSubstr("joules")), Not(HasSubstr("Wh")), Not(HasSubstr(" used "))));
    }
    for (const auto write : {export_trials_csv, export_curves_csv, export_json})
        EXPECT_THAT(exported(write, study), Not(HasSubstr("joules")));
    EXPECT_THAT(trial_page(study, 1), Not(HasSubstr(" J\n")));
    EXPECT_THAT(page_document(study, {}), Not(HasSubstr("joules")));
}

}  // namespace
}  // namespace o2v::reports
