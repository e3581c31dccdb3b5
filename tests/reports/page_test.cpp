#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "reports/leaderboard.hpp"
#include "reports/page.hpp"
#include "tests/reports/studies.hpp"

namespace o2v::reports {
namespace {

using nlohmann::json;
using o2v::testing::bare_study;
using o2v::testing::demo_study;
using ::testing::HasSubstr;
using ::testing::Not;

json document(const Study& study, const PageExtras& extras = {}) {
    return json::parse(page_document(study, extras));
}

json trial_of(const Study& study, TrialId trial, const PageExtras& extras) {
    return json::parse(page_update(study, {trial}, extras))["trials"][0];
}

TEST(PageDocument, HeadTellsTheStudy) {
    PageExtras extras;
    extras.run = "runs/demo";
    extras.version = "1.2";
    extras.now = 100.5;
    extras.running = true;
    extras.runs = {{10, 20.5}, {90}};
    extras.importance = {{"PED-ANOVA", {{"width", 0.75}, {"network", 0.25}}, "one remark"}};
    const json head = document(demo_study(), extras);
    EXPECT_EQ(head["format"], 1);
    EXPECT_EQ(head["name"], "demo");
    EXPECT_EQ(head["run"], "runs/demo");
    EXPECT_EQ(head["version"], "1.2");
    EXPECT_EQ(head["now"], 100.5);
    EXPECT_EQ(head["running"], true);
    EXPECT_EQ(head["goals"], json::parse(R"([{"metric":"validation:accuracy","direction":"maximize"}])"));
    EXPECT_EQ(head["space"], json::parse(R"json([
        {"name":"network","type":"categorical","values":["hcnn","pooled_embedding"],"when":[]},
        {"name":"width","type":"int","scale":"linear","min":1,"max":9,"step":1,"when":["network = hcnn"]},
        {"name":"learning_rate","type":"float","scale":"log","min":1e-6,"max":1.0,"step":0.0,"when":[]}])json"));
    EXPECT_EQ(head["fixed"], json::parse(R"({"epochs":3})"));
    EXPECT_EQ(head["counts"],
              json::parse(R"({"waiting":0,"running":1,"paused":0,"completed":3,"pruned":1,"failed":1})"));
    EXPECT_EQ(head["best"], 1);
    EXPECT_EQ(head["front"], json::array());
    EXPECT_EQ(head["hypervolume"], nullptr);
    EXPECT_EQ(head["runs"], json::parse(R"([{"start":10.0,"end":20.5},{"start":90.0,"end":null}])"));
    EXPECT_EQ(head["importance"], json::parse(R"([{"method":"PED-ANOVA","remark":"one remark",
        "shares":[{"parameter":"width","share":0.75},{"parameter":"network","share":0.25}]}])"));
    EXPECT_EQ(head["trials"].size(), 6u);
}

TEST(PageDocument, OfAStudyOfNothing) {
    const json page = document(bare_study());
    EXPECT_EQ(page["trials"], json::array());
    EXPECT_EQ(page["best"], nullptr);
    EXPECT_EQ(page["space"], json::array());
    EXPECT_EQ(page["constraints"], json::array());
    EXPECT_EQ(page["budget"], json::parse(R"({"trials":null,"seconds":null,"target":null})"));
}

TEST(PageDocument, TrialsHaveTheLeaderboardsNumbers) {
    const Study study = demo_study();
    const json board = json::parse(leaderboard(study, {Format::json, true, std::nullopt}));
    const json page = document(study);
    ASSERT_EQ(board.size(), page["trials"].size());
    for (const json& row : board) {
        const json& trial = page["trials"][row["trial"].get<std::size_t>()];
        EXPECT_EQ(trial["id"], row["trial"]);
        for (const char* field : {"state", "value", "params", "epochs", "seconds", "metrics"})
            EXPECT_EQ(trial[field], row[field]) << row["trial"] << ' ' << field;
        EXPECT_EQ(trial["seed"], std::to_string(row["seed"].get<std::uint64_t>()));
        EXPECT_EQ(trial["reason"], row["reason"].is_null() ? json("") : row["reason"]);
    }
}

TEST(PageTrial, OfACompletedOne) {
    PageExtras extras;
    extras.attempts[1] = {{50.25, 60}};
    extras.logs[1] = "last line\n";
    const json trial = trial_of(demo_study(), 1, extras);
    EXPECT_EQ(trial["ended"], 1);
    EXPECT_EQ(trial["feasible"], true);
    EXPECT_EQ(trial["violation"], 0.0);
    EXPECT_EQ(trial["best_epoch"], 1);
    EXPECT_EQ(trial["model"], true);
    EXPECT_EQ(trial["planned"], 3);
    EXPECT_EQ(
        trial["curve"],
        json::parse(
            R"({"train:loss":[0.5,0.19999999999999996,0.20999999999999996],"validation:accuracy":[0.5,0.8,0.79]})"));
    EXPECT_EQ(trial["epoch_seconds"], json::parse("[1.25,1.25,1.25]"));
    EXPECT_EQ(trial["speed"], json::parse("[20480.4,20480.4,20480.4]"));
    EXPECT_EQ(trial["memory"], 300 << 20);
    EXPECT_EQ(trial["log"], "last line\n");
    EXPECT_EQ(trial["attempts"],
              json::parse(R"([{"attempt":1,"slot":"0","worker":"slot-0/pid-11","device":"cpu","host":"box",
                               "cores":"0-1,3","start":50.25,"end":60.0,"failure":null}])"));
}

TEST(PageTrial, OfAFailedOneWithoutTimes) {
    const json trial = trial_of(demo_study(), 3, {});
    EXPECT_EQ(trial["ended"], 3);
    EXPECT_EQ(trial["feasible"], nullptr);
    EXPECT_EQ(trial["model"], false);
    EXPECT_EQ(trial["reason"], "out_of_memory: 12 GiB asked for");
    ASSERT_EQ(trial["attempts"].size(), 2u);
    EXPECT_EQ(trial["attempts"][0]["failure"], json::parse(R"({"kind":"crashed","message":"signal 11"})"));
    EXPECT_EQ(trial["attempts"][1]["start"], nullptr);
    EXPECT_EQ(trial["log"], nullptr);
}

TEST(PageTrial, NaNIsNullAndARunningOneHasNotEnded) {
    const Study study = demo_study();
    const json nan = trial_of(study, 4, {});
    EXPECT_EQ(nan["value"], nullptr);
    EXPECT_EQ(nan["curve"]["validation:accuracy"], json::parse("[null]"));
    const json running = trial_of(study, 5, {});
    EXPECT_EQ(running["state"], "running");
    EXPECT_EQ(running["ended"], nullptr);
    EXPECT_THROW(page_update(study, {6}, {}), std::out_of_range);
}

TEST(PageTrial, AMetricThatAnEpochLacksIsNullThere) {
    Study study(demo_study().spec());
    study.apply(TrialCreated{0, {{"network", "hcnn"}}, 1});
    study.apply(AttemptStarted{0, 1, "alone", "cpu", "box", {}});
    study.apply(Reported{0, 1, {0, {{"a", 1}}}});
    study.apply(Reported{0, 1, {1, {{"b", 2}}}});
    const json trial = trial_of(study, 0, {});
    EXPECT_EQ(trial["curve"], json::parse(R"({"a":[1.0,null],"b":[null,2.0]})"));
    EXPECT_EQ(trial["attempts"][0]["slot"], "alone") << "a worker of no slot is a row of its own";
}

TEST(PageUpdate, MakesAnOlderDocumentTheNewOne) {
    Study study = demo_study();
    json old = document(study);
    study.apply(TrialEnded{5, Completed{{{"validation:accuracy", 0.9}}, 0, ""}});
    study.apply(TrialCreated{6, {{"network", "hcnn"}}, 1});
    const json update = json::parse(page_update(study, {5, 6}, {}));
    json trials = old["trials"];
    for (const json& trial : update["trials"]) trials[trial["id"].get<std::size_t>()] = trial;
    json made = update["head"];
    made["trials"] = trials;
    EXPECT_EQ(made, document(study));
    EXPECT_EQ(update["head"]["best"], 5);
    EXPECT_EQ(page_update(study, {5}, {}).find('\n'), std::string::npos) << "one line, as events need it";
}

// Two goals to be minimised, within c <= 1: (1, 4), (2, 2), (9, 9) outside, (1.5, 5) beaten, (4, 1).
Study two_goals() {
    StudySpec spec;
    spec.name = "two";
    spec.goal = {"a", Direction::minimize};
    spec.more_goals = {{"b", Direction::minimize}};
    spec.constraints = {{"c", std::nullopt, 1.0}};
    Study study(spec);
    const auto add = [&](double a, double b, double c) {
        const auto id = static_cast<TrialId>(study.trials().size());
        study.apply(TrialCreated{id, {}, 1});
        study.apply(AttemptStarted{id, 1, "slot-0/pid-1", "cpu", "box", {}});
        study.apply(TrialEnded{id, Completed{{{"a", a}, {"b", b}, {"c", c}}, 0, ""}});
    };
    add(1, 4, 0);
    add(2, 2, 0);
    add(9, 9, 5);
    add(1.5, 5, 0);
    add(4, 1, 1);
    return study;
}

TEST(PageDocument, FrontAndHypervolumeOfSeveralGoals) {
    const json page = document(two_goals());
    EXPECT_EQ(page["front"], json::parse("[0,1,4]"));
    // Up to (4, 5): (1, 4) spans 3 x 1, (2, 2) adds 2 x 2, and (4, 1) lies on the border.
    EXPECT_EQ(page["hypervolume"]["reference"], json::parse("[4.0,5.0]"));
    EXPECT_EQ(page["hypervolume"]["history"], json::parse("[[1,3.0],[2,7.0],[5,7.0]]"));
    EXPECT_EQ(page["constraints"], json::parse(R"([{"metric":"c","min":null,"max":1.0}])"));
    EXPECT_EQ(page["trials"][2]["feasible"], false);
    EXPECT_EQ(page["trials"][2]["violation"], 4.0);
    EXPECT_EQ(page["trials"][2]["values"], json::parse(R"({"a":9.0,"b":9.0,"c":5.0})"));
}

TEST(PageDocument, CurvesOfAHugeStudyHoldTheGoalOnly) {
    Study study(demo_study().spec());
    study.apply(TrialCreated{0, {{"network", "hcnn"}}, 1});
    study.apply(AttemptStarted{0, 1, "slot-0/pid-1", "cpu", "box", {}});
    Measurement one;
    one.metrics["validation:accuracy"] = 0.5;
    for (int i = 0; i < 200; ++i) one.metrics["m" + std::to_string(i)] = i;
    for (one.epoch = 0; one.epoch < 10; ++one.epoch) study.apply(Reported{0, 1, one});
    EXPECT_EQ(document(study)["trials"][0]["curve"].size(), 201u);
    const auto enough = static_cast<std::int64_t>(kCurveNumbers / 201) + 1;
    for (; one.epoch < enough; ++one.epoch) study.apply(Reported{0, 1, one});
    const json curve = document(study)["trials"][0]["curve"];
    ASSERT_EQ(curve.size(), 1u);
    EXPECT_EQ(curve["validation:accuracy"].size(), static_cast<std::size_t>(enough));
}

TEST(PageHtml, WhateverIsCalledScriptIsHarmless) {
    StudySpec spec = demo_study().spec();
    spec.name = "</script><script>alert(1)</script><!-- \xe2\x80\xa8 \xe2\x80\xa9 \xff";
    const std::string written = page_document(Study(spec), {});
    const std::string html = page_html(written);
    EXPECT_THAT(html, Not(HasSubstr("alert(1)</script>")));
    EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
    const std::string begin = R"(<script type="application/json" id="document">)";
    const std::size_t from = html.find(begin) + begin.size();
    const std::string inlined = html.substr(from, html.find("</script>", from) - from);
    EXPECT_EQ(inlined.find('<'), std::string::npos);
    EXPECT_EQ(inlined.find("\xe2\x80\xa8"), std::string::npos);
    EXPECT_EQ(json::parse(inlined), json::parse(written));
    EXPECT_EQ(json::parse(inlined)["name"],
              "</script><script>alert(1)</script><!-- \xe2\x80\xa8 \xe2\x80\xa9 \xef\xbf\xbd");
}

TEST(PageHtml, NeedsNothingFromOutside) {
    const std::string html = page_html("{}");
    EXPECT_TRUE(html.starts_with("<!doctype html>"));
    EXPECT_THAT(html, HasSubstr("default-src 'none'; script-src 'sha256-"));
    for (const char* loads :
         {"src=\"http", "href=\"http", "@import", "url(http", "unsafe-inline", "unsafe-eval"})
        EXPECT_THAT(html, Not(HasSubstr(loads)));
    EXPECT_LT(html.size(), 2'000'000u);
}

TEST(PageHtml, WithoutADocumentItIsTheLivePage) {
    const std::string html = page_html("");
    EXPECT_THAT(html, Not(HasSubstr("id=\"document\">")));
    EXPECT_THAT(html, HasSubstr("api/studies"));
    EXPECT_EQ(page_has_figures(), html.find("data-figures=\"yes\"") != std::string::npos);
}

}  // namespace
}  // namespace o2v::reports
