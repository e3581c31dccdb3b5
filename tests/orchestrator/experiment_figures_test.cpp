// Objectives and constraints that name figures, which trials measure only when asked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "orchestrator/experiment.hpp"
#include "orchestrator/tuner.hpp"
#include "tests/orchestrator/changed.hpp"
#include "tests/orchestrator/experiment_errors.hpp"

namespace o2v::orchestrator {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

json good() {
    return json::parse(R"({
        "name": "figures",
        "data": {"train": "train.jsonl", "validation": "validation.jsonl", "test": "test.jsonl"},
        "objectives": [{"metric": "validation:f1_macro"}, {"metric": "latency_p99_ms"}],
        "constraints": [{"metric": "validation:hits@7", "min": 0.5}, {"metric": "test:mrr", "min": 0.1}],
        "fixed": {"num_classes": 2, "enc0_max_seq_len": 8, "enc0_vocab_size": 1000}})");
}

json with_metric(const std::string& metric) {
    return with(good(), "/objectives/0/metric", metric);
}

TEST(ExperimentFigures, EachHasItsUsualDirectionAndTheWorkerIsToldOfAll) {
    const Experiment e = parse_experiment(good(), "/e/x.json");
    EXPECT_EQ(e.study.goal, (Goal{"validation:f1_macro", Direction::maximize}));
    EXPECT_THAT(e.study.more_goals, ElementsAre(Goal{"latency_p99_ms", Direction::minimize}));
    EXPECT_THAT(order_of(e, Trial{}, "/t").asked_metrics,
                ElementsAre("validation:f1_macro", "latency_p99_ms", "validation:hits@7", "test:mrr"));
    for (const auto& [metric, direction] :
         std::map<std::string, Direction>{{"validation:hits@3", Direction::maximize},
                                          {"validation:ndcg@999", Direction::maximize},
                                          {"validation:mrr", Direction::maximize},
                                          {"validation:roc_auc", Direction::maximize},
                                          {"validation:f1_weighted", Direction::maximize},
                                          {"test:mean_rank", Direction::minimize},
                                          {"validation:calibration_error", Direction::minimize},
                                          {"latency_p50_ms", Direction::minimize}})
        EXPECT_EQ(parse_experiment(with_metric(metric), "/e/x.json").study.goal, (Goal{metric, direction}));
    const json turned = with(good(), "/objectives/0/direction", "minimize");
    EXPECT_EQ(parse_experiment(turned, "/e/x.json").study.goal.direction, Direction::minimize);
    const json complete = to_json(e);
    EXPECT_EQ(parse_experiment(complete, "/e/x.json", Origin::stored).study, e.study);
}

TEST(ExperimentFigures, AnUnknownNameNamesTheNearestOne) {
    EXPECT_THAT(errors_of(with_metric("validation:f1_makro")),
                HasSubstr("did you mean validation:f1_macro?"));
    EXPECT_THAT(errors_of(with_metric("validation:hit@10")), HasSubstr("did you mean validation:hits@10?"));
    EXPECT_THAT(errors_of(with_metric("latency_p95_ms")), HasSubstr("did you mean latency_p99_ms?"));
    for (const char* k : {"0", "1000", "x"})
        EXPECT_THAT(errors_of(with_metric(std::string("validation:hits@") + k)),
                    AllOf(HasSubstr("must be one of"), HasSubstr("from 1 to 999")));
    EXPECT_THAT(errors_of(with_metric("validation:f1_makro")), Not(HasSubstr("root_mean_squared_error")));
}

TEST(ExperimentFigures, OnlyWhatTheTrainingHasIsKnown) {
    json regression =
        with(with_metric("validation:root_mean_squared_error"), "/fixed/output_layer", "mean_squared_error");
    EXPECT_EQ(parse_experiment(regression, "/e/x.json").study.goal.direction, Direction::minimize);
    regression = with(regression, "/objectives/0/metric", "validation:f1_macro");
    EXPECT_THAT(errors_of(regression), HasSubstr("/objectives/0/metric"));
    EXPECT_THAT(errors_of(with_metric("validation:root_mean_squared_error")), HasSubstr("must be one of"));
    const json no_test = without(good(), "/data", "test");
    EXPECT_THAT(errors_of(no_test), HasSubstr("/constraints/1/metric = \"test:mrr\""));
    EXPECT_THAT(errors_of(without(no_test, "/data", "validation")), HasSubstr("/objectives/0/metric"));
}

TEST(ExperimentFigures, AMeasuredTimeIsOutsideOfWhatIsReproducible) {
    const json reproducible = with(good(), "/reproducible", true);
    EXPECT_THAT(errors_of(reproducible),
                HasSubstr("/objectives/1/metric = \"latency_p99_ms\": goes without \"reproducible\": true"));
    EXPECT_EQ(errors_of(with(reproducible, "/objectives/1/metric", "model_bytes")), "no error");
}

TEST(ExperimentFigures, ACommandsMetricsStayItsOwn) {
    json command = without(without(without(good(), "", "data"), "", "fixed"), "", "constraints");
    command["objectives"] = json::parse(
        R"json([{"metric": "validation:roc_auc", "command": ["true"],
             "metrics": [{"name": "validation:roc_auc", "regex": "auc=(\\S+)"}]}])json");
    const Experiment e = parse_experiment(command, "/e/x.json");
    EXPECT_EQ(e.study.goal.direction, Direction::minimize) << "its program alone knows what it means";
    EXPECT_TRUE(order_of(e, Trial{}, "/t").asked_metrics.empty());
    command["objectives"][0]["metric"] = "validation:f1_macro";
    EXPECT_THAT(errors_of(command), HasSubstr("must be one of validation:roc_auc"));
}

}  // namespace
}  // namespace o2v::orchestrator
