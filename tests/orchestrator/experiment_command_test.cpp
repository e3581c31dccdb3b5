// Another program as the objective, as an experiment file describes it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "orchestrator/ask_tell.hpp"
#include "orchestrator/run.hpp"
#include "tests/orchestrator/changed.hpp"
#include "tests/orchestrator/experiment_errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

json good() {
    return json::parse(R"json({
        "name": "mine",
        "objective": {"command": ["./train.sh", "--lr={learning_rate}", "{steps}"],
                      "metric": "validation:loss", "direction": "minimize", "value": "best",
                      "metrics": [{"name": "validation:loss", "regex": "val_loss=(\\S+)"},
                                  {"name": "seconds", "regex": "time: (?:about )?([0-9.]+)"},
                                  {"name": "epoch", "regex": "^epoch (\\d+)"}]},
        "constraints": [{"metric": "seconds", "max": 10}],
        "fixed": {"steps": 100},
        "search": {"space": {"learning_rate": {"type": "float", "min": 1e-5, "max": 1e-1, "scale": "log"},
                             "my.own-thing": {"type": "categorical", "values": ["a", "b"]}}},
        "budget": {"trials": 3}, "resources": {"slots": 1}})json");
}

TEST(CommandExperiment, IsReadWithAnyParametersAndItsFolder) {
    EXPECT_THAT(schema_violations(good()), ElementsAre());
    const Experiment e = parse_experiment(good(), "/exp/x.json");
    EXPECT_THAT(e.command.arguments, ElementsAre("./train.sh", "--lr={learning_rate}", "{steps}"));
    EXPECT_EQ(e.command.folder, "/exp");
    EXPECT_EQ(e.command.value, protocol::ValueRule::best);
    EXPECT_EQ(e.command.metrics.at(0), (protocol::MetricDefinition{"validation:loss", "val_loss=(\\S+)"}));
    EXPECT_FALSE(e.trains());
    EXPECT_FALSE(e.is_asked());
    EXPECT_NE(e.study.space.find("my.own-thing"), nullptr);
    EXPECT_EQ(parse_experiment(without(good(), "/objective", "value"), "x.json").command.value,
              protocol::ValueRule::last);
    EXPECT_EQ(parse_experiment(with(good(), "/objective/folder", "sub/"), "/exp/x.json").command.folder,
              "/exp/sub");
}

TEST(CommandExperiment, ItsCompleteFormReadsBackEqual) {
    const json complete = to_json(parse_experiment(good(), "/exp/x.json"));
    EXPECT_EQ(complete.at("objective").at("folder"), "/exp");
    EXPECT_FALSE(complete.contains("data"));
    EXPECT_EQ(errors_of(complete), "no error");
    EXPECT_THAT(schema_violations(complete), ElementsAre());
    EXPECT_EQ(to_json(parse_experiment(complete, "/elsewhere/y.json")), complete);
    EXPECT_EQ(to_json(parse_experiment(complete, "/elsewhere/y.json", Origin::stored)), complete);
}

TEST(CommandExperiment, ADifferentCommandIsAnotherStudy) {
    const json before = to_json(parse_experiment(good(), "/exp/x.json"));
    const json after =
        to_json(parse_experiment(with(good(), "/objective/command/0", "./other.sh"), "/exp/x.json"));
    EXPECT_THAT(differences(before, after, Change::extension),
                ElementsAre(HasSubstr("/objective/command: [\"./train.sh\"")));
}

TEST(CommandExperiment, SeveralObjectivesHaveTheCommandWithTheFirst) {
    json j = good();
    j["objectives"] = {j["objective"], {{"metric", "seconds"}}};
    j.erase("objective");
    const Experiment e = parse_experiment(j, "/exp/x.json");
    EXPECT_EQ(e.study.more_goals.at(0).metric, "seconds");
    EXPECT_EQ(to_json(parse_experiment(to_json(e), "/exp/x.json")), to_json(e));
    EXPECT_THAT(schema_violations(j), ElementsAre());
    j["objectives"][1]["command"] = {"./train.sh"};
    EXPECT_THAT(errors_of(j), HasSubstr("/objectives/1/command = [\"./train.sh\"]: is not known here"));
}

TEST(CommandExperiment, APlaceholderMustBeAParameter) {
    EXPECT_THAT(errors_of(with(good(), "/objective/command/1", "--lr={lerning_rate}")),
                AllOf(HasSubstr("/objective/command/1 = --lr={lerning_rate}: names {lerning_rate}"),
                      HasSubstr("did you mean {learning_rate}?")));
    EXPECT_THAT(errors_of(with(good(), "/objective/command/1", "{momentum}")),
                HasSubstr("parameters are steps, learning_rate, my.own-thing"));
    EXPECT_THAT(errors_of(with(good(), "/objective/command/1", "{steps")),
                HasSubstr("has a { without its }"));
    EXPECT_EQ(errors_of(with(good(), "/objective/command/1", "{{momentum}}")), "no error");
    json bare = without(good(), "", "search");
    bare.erase("fixed");
    bare["objective"]["command"] = {"./train.sh", "{x}"};
    EXPECT_THAT(errors_of(bare), HasSubstr("names {x}, and there are no parameters"));
}

TEST(CommandExperiment, ExpressionsAreCheckedWithTheirGroup) {
    EXPECT_THAT(errors_of(with(good(), "/objective/metrics/0/regex", "val_loss=(")),
                HasSubstr("/objective/metrics/0/regex = \"val_loss=(\": is no regular expression"));
    EXPECT_THAT(errors_of(with(good(), "/objective/metrics/0/regex", "val_loss=\\S+")),
                HasSubstr("must have exactly one group, which holds the number, and has 0"));
    EXPECT_THAT(errors_of(with(good(), "/objective/metrics/0/regex", "(val|test)_loss=(\\S+)")),
                HasSubstr("and has 2"));
    EXPECT_THAT(errors_of(with(good(), "/objective/metrics/0/regex", 5)), HasSubstr("must be a text"));
}

TEST(CommandExperiment, MetricsMustHoldWhatTheStudyJudgesBy) {
    EXPECT_THAT(errors_of(with(good(), "/objective/metric", "validation:los")),
                AllOf(HasSubstr("/objective/metric"), HasSubstr("did you mean validation:loss?")));
    EXPECT_THAT(errors_of(with(good(), "/objective/metric", "epoch")),
                HasSubstr("must be one of validation:loss, seconds"));
    EXPECT_THAT(errors_of(with(good(), "/constraints/0/metric", "bytes")),
                HasSubstr("must be one of validation:loss, seconds"));
    EXPECT_THAT(errors_of(without(good(), "/objective", "metrics")),
                HasSubstr("/objective/metrics: is required"));
    EXPECT_THAT(errors_of(with(good(), "/objective/metrics", json::array())),
                HasSubstr("must be a list [{\"name\""));
    EXPECT_THAT(errors_of(with(good(), "/objective/metrics/1/name", "validation:loss")),
                HasSubstr("is given twice"));
    EXPECT_THAT(errors_of(without(good(), "/objective/metrics/1", "name")),
                HasSubstr("/objective/metrics/1/name: is required"));
    EXPECT_THAT(errors_of(with(good(), "/objective/metrics/1/regx", "")), HasSubstr("did you mean regex?"));
    EXPECT_THAT(errors_of(without(good(), "/objective", "metric")),
                HasSubstr("/objective/metric: is required"));
}

TEST(CommandExperiment, TheCommandIsAListOfTexts) {
    for (const json& wrong : {json("./train.sh"), json::array(), json{"./train.sh", 5}, json{""}, json(3)}) {
        const std::string errors = errors_of(with(good(), "/objective/command", wrong));
        EXPECT_THAT(errors, HasSubstr("/objective/command")) << wrong;
        EXPECT_THAT(errors, HasSubstr("must be a list of texts")) << wrong;
        EXPECT_THAT(errors, Not(HasSubstr("data"))) << "one mistake, one message: " << errors;
    }
}

TEST(CommandExperiment, WhatDoesNotGoTogetherIsRefused) {
    EXPECT_THAT(errors_of(with(good(), "/data", {{"train", "x"}})), HasSubstr("/data"));
    EXPECT_THAT(errors_of(with(good(), "/problem", "branin")), HasSubstr("goes without a command"));
    EXPECT_THAT(errors_of(with(good(), "/objective/keep", "loss")), HasSubstr("keep"));
    EXPECT_THAT(errors_of(without(good(), "/objective", "command")), HasSubstr("goes with \"command\""));
    EXPECT_THAT(errors_of(with(good(), "/search/strategy", "pbt")), HasSubstr("copies checkpoints"));
    EXPECT_THAT(errors_of(with(good(), "/objective/value", "first")), HasSubstr("must be one of last, best"));
    json twins = good();
    twins["fixed"]["my_own_thing"] = 1;
    EXPECT_THAT(errors_of(twins), HasSubstr("would reach the program as O2V_HP_MY_OWN_THING"));
}

TEST(CommandExperiment, AskTellTakesSuchAFileForItsSpace) {
    const Experiment e = parse_experiment(good(), "x.json", Origin::asked);
    EXPECT_TRUE(e.is_asked());
    EXPECT_EQ(e.study.space.size(), 2U);
}

class CommandPlanTest : public testing::Test {
  protected:
    std::string plan(const json& experiment) {
        RunRequest request;
        request.file = folder_.write("x.json", experiment.dump());
        request.out = folder_.file("runs/x");
        try {
            plan_run(request);
        } catch (const InputError& e) {
            return e.what();
        }
        return "no error";
    }
    TemporaryFolder folder_;
};

TEST_F(CommandPlanTest, TheProgramMustBeThereAndExecutable) {
    EXPECT_THAT(plan(good()), AllOf(HasSubstr("x.json: /objective/command/0 = ./train.sh"),
                                    HasSubstr(folder_.file("train.sh") + " is not there")));
    folder_.write("train.sh", "#!/bin/sh\n");
    EXPECT_THAT(plan(good()), HasSubstr("cannot be executed; for a script: chmod +x"));
    std::filesystem::permissions(folder_.file("train.sh"), std::filesystem::perms::owner_all);
    EXPECT_EQ(plan(good()), "no error");
    EXPECT_THAT(plan(with(good(), "/objective/folder", "none")), HasSubstr("/objective/folder"));
    EXPECT_THAT(plan(with(good(), "/objective/command/0", folder_.path())), HasSubstr("is a folder"));
}

TEST_F(CommandPlanTest, ANameIsLookedForOnPath) {
    EXPECT_EQ(plan(with(good(), "/objective/command/0", "sh")), "no error");
    EXPECT_THAT(plan(with(good(), "/objective/command/0", "no-such-program")),
                HasSubstr("is found in no folder of PATH"));
    EXPECT_EQ(plan(with(good(), "/objective/command/0", "./{steps}.sh")), "no error") << "each trial's own";
}

}  // namespace
}  // namespace o2v::orchestrator
