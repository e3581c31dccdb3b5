// What a winner is trained on again, and for how long. That it is, tests/process holds.
#include "orchestrator/refit.hpp"

#include <gmock/gmock.h>

#include "model/data/durable_file.hpp"
#include "orchestrator/refit_pairs.hpp"
#include "tests/orchestrator/changed.hpp"
#include "tests/orchestrator/experiment_errors.hpp"
#include "tests/orchestrator/promoted_study.hpp"

namespace o2v::orchestrator {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using RefitTest = PromotedStudyTest;

data::Dataset pairs(const std::vector<float>& labels) {
    data::Pairs all;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        all.labels.push_back(labels[i]);
        for (std::int32_t side = 0; side < 2; ++side) {
            const std::vector<std::int32_t> ids{side, static_cast<std::int32_t>(i)};
            all.side[side].append(ids);
        }
    }
    return all;
}

TEST_F(RefitTest, IsOneTrainingOfTheTrialsSettingsForItsBestEpochs) {
    stored_.experiment.study.space = SearchSpace({{"enc_dim", IntDomain{8, 64}, {}, {}}});
    stored_.experiment.study.constraints = {{"model_bytes", 1, std::nullopt}};
    stored_.experiment.promote = Promotion{"m", "classification", true};
    stored_.experiment.reproducible = true;
    stored_.experiment.window = 4;
    complete({{"validation:accuracy", 0.7}}, 0.25);
    const Experiment again = refit_experiment(stored_, stored_.study.trial(0), "/all.jsonl");
    EXPECT_EQ(
        again.study.fixed,
        (Assignment{{"epochs", std::int64_t{4}}, {"early_stopping_patience", std::int64_t{0}}, {"x", 0.25}}))
        << "epoch 3 was the best of the trial, the fourth";
    EXPECT_TRUE(again.study.space.parameters().empty());
    EXPECT_EQ(again.study.budget.trials, 1);
    EXPECT_EQ(again.keep, protocol::Keep::last);
    EXPECT_EQ(again.study.goal, (Goal{"train:cross_entropy", Direction::minimize}));
    EXPECT_EQ(again.data.train, "/all.jsonl");
    EXPECT_EQ(again.data.validation, "");
    EXPECT_EQ(again.data.test, "/home/me/test.jsonl");
    EXPECT_FALSE(again.promote);
    EXPECT_FALSE(again.reproducible);
}

TEST_F(RefitTest, FiguresAreMeasuredOnTheTestSetToBeComparedWithTheVersionBefore) {
    stored_.experiment.study.goal = {"validation:f1_macro", Direction::maximize};
    stored_.experiment.study.more_goals = {{"latency_p99_ms", Direction::minimize},
                                           {"test:f1_macro", Direction::maximize},
                                           {"model_bytes", Direction::minimize}};
    complete({{"validation:accuracy", 0.7}}, 0.25);
    const auto goals = [this] {
        return refit_experiment(stored_, stored_.study.trial(0), "/all.jsonl").study.more_goals;
    };
    EXPECT_THAT(goals(), ElementsAre(Goal{"test:f1_macro", Direction::maximize},
                                     Goal{"latency_p99_ms", Direction::minimize}));
    stored_.experiment.data.test.clear();
    EXPECT_THAT(goals(), ElementsAre(Goal{"latency_p99_ms", Direction::minimize}));
}

TEST_F(RefitTest, TheSameFileForTheSamePairsAndNoDrawnNegativeTwice) {
    const std::string file = temporary_.file("all.jsonl");
    const data::Dataset train = pairs({1, 0}), validation = pairs({0, 2.5});
    write_refit_pairs(train, validation, false, file);
    EXPECT_EQ(data::read_whole(file),
              "{\"label\":1,\"in0\":[0,0],\"in1\":[1,0]}\n{\"label\":0,\"in0\":[0,1],\"in1\":[1,1]}\n"
              "{\"label\":0,\"in0\":[0,0],\"in1\":[1,0]}\n{\"label\":2.5,\"in0\":[0,1],\"in1\":[1,1]}\n");
    EXPECT_EQ(data::read_jsonl(file, {}).size(), 4);
    write_refit_pairs(train, validation, true, file);
    const data::Dataset positive = data::read_jsonl(file, {});
    EXPECT_THAT(std::vector<float>(positive.labels.begin(), positive.labels.end()),
                testing::ElementsAre(1, 0, 2.5));
}

class RefitExperimentTest : public testing::Test {
  protected:
    static json good() {
        return json::parse(R"({"name": "x", "data": {"train": "t.jsonl", "validation": "v.jsonl"},
            "fixed": {"enc0_max_seq_len": 4, "enc0_vocab_size": 9, "num_classes": 3},
            "promote": {"as": "m", "refit": true}})");
    }
};

TEST_F(RefitExperimentTest, IsReadWrittenAndOffByDefault) {
    const Experiment experiment = parse_experiment(good(), "x.json");
    EXPECT_TRUE(experiment.promote->refit);
    EXPECT_EQ(parse_experiment(to_json(experiment), "x.json", Origin::stored).promote, experiment.promote);
    EXPECT_FALSE(parse_experiment(with(good(), "/promote/refit", false), "x.json").promote->refit);
    json without = good();
    without["promote"].erase("refit");
    EXPECT_FALSE(parse_experiment(without, "x.json").promote->refit);
    EXPECT_FALSE(to_json(parse_experiment(without, "x.json")).at("promote").contains("refit"));
}

TEST_F(RefitExperimentTest, KeepingTheLastEpochIsAChoice) {
    const json last = with(good(), "/objective", {{"metric", "validation:accuracy"}, {"keep", "last"}});
    EXPECT_EQ(parse_experiment(last, "x.json").keep, protocol::Keep::last);
    EXPECT_EQ(to_json(parse_experiment(last, "x.json")).at("objective").at("keep"), "last");
}

TEST_F(RefitExperimentTest, WhereThereIsNothingToTrainOnItIsRefused) {
    json bare = good();
    bare["data"].erase("validation");
    EXPECT_THAT(errors_of(bare), HasSubstr("/promote/refit = true: needs /data/validation"));
    EXPECT_THAT(errors_of(with(good(), "/promote/refit", "yes")), HasSubstr("/promote/refit"));
    json problem = good();
    problem.erase("data");
    problem.erase("fixed");
    problem["problem"] = "branin";
    problem["objective"] = {{"metric", "validation:loss"}};
    EXPECT_THAT(errors_of(problem), HasSubstr("/promote/refit = true: goes with \"data\""));
    json pbt = good();
    pbt["search"] = {{"strategy", "pbt"},
                     {"space", {{"learning_rate", {{"type", "float"}, {"min", 0.001}, {"max", 0.1}}}}}};
    pbt["budget"] = {{"trials", 8}};
    EXPECT_THAT(errors_of(pbt), HasSubstr("goes without the strategy pbt"));
}

}  // namespace
}  // namespace o2v::orchestrator
