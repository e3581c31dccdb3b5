// The fields of an experiment that say what is searched, how, and what is a good trial.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <cmath>

#include "orchestrator/experiment.hpp"
#include "orchestrator/experiment_checks.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/changed.hpp"
#include "tests/orchestrator/experiment_errors.hpp"

namespace o2v::orchestrator {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

json good() {
    return json::parse(R"({
        "name": "full",
        "data": {"train": "train.jsonl", "validation": "validation.jsonl"},
        "objectives": [{"metric": "validation:accuracy", "keep": "objective"}, {"metric": "model_bytes"}],
        "constraints": [{"metric": "model_bytes", "max": 5e7}, {"metric": "train:accuracy", "min": 0.1, "max": 1}],
        "fixed": {"num_classes": 3, "enc0_max_seq_len": 8, "enc0_vocab_size": 1000,
                  "enc1_max_seq_len": 8, "enc1_vocab_size": 1000},
        "search": {"strategy": "random", "seed": 7, "population": 6, "interval": 2, "space": {
            "learning_rate": {"type": "float", "min": 0.001, "max": 0.1, "default": 0.01},
            "dropout": {"type": "float", "min": 0, "max": 0.9, "step": 0.1, "default": 0},
            "mlp_layers": {"type": "int", "min": 1, "max": 4},
            "mlp_dim": {"type": "int", "min": 64, "max": 512, "step": 64, "when": {"mlp_layers": {"min": 2}}},
            "mini_batch_size": {"type": "ordinal", "values": [32, 64, 128], "default": 64},
            "enc0_network": {"type": "categorical", "values": ["pooled_embedding", "hcnn"]}},
            "forbidden": [{"enc0_network": ["hcnn"], "mlp_layers": {"min": 3}}],
            "enqueue": [{"learning_rate": 0.02, "mlp_layers": 2}, {"enc0_network": "hcnn", "mlp_layers": 1}]},
        "pruner": {"type": "median", "percentile": 30, "patience": 3, "min_delta": 0.01, "min_epochs": 2,
                   "max_epochs": 9, "reduction_factor": 4, "brackets": 2, "mode": "stopping"},
        "budget": {"trials": 9, "expected_gain": 0.001},
        "warm_start": {"studies": ["runs/other/study.db"], "kind": "transfer"}})");
}

TEST(ExperimentSearch, EveryFieldIsRead) {
    const StudySpec s = parse_experiment(good(), "/e/x.json").study;
    EXPECT_EQ(s.goal, (Goal{"validation:accuracy", Direction::maximize}));
    EXPECT_THAT(s.more_goals, ElementsAre(Goal{"model_bytes", Direction::minimize}));
    EXPECT_THAT(s.constraints, ElementsAre(Constraint{"model_bytes", std::nullopt, 5e7},
                                           Constraint{"train:accuracy", 0.1, 1.0}));
    EXPECT_EQ(s.search, (SearchOptions{"random", 7, 5, 1, 6, 2}));
    EXPECT_EQ(s.space.find("dropout")->domain, Domain(FloatDomain{0, 0.9, Scale::linear, 0.1}));
    EXPECT_EQ(s.space.find("dropout")->initial, ParamValue(0.0)) << "an integer given for a float";
    EXPECT_EQ(s.space.find("mlp_dim")->domain, Domain(IntDomain{64, 512, Scale::linear, 64}));
    EXPECT_THAT(s.space.find("mlp_dim")->only_if,
                ElementsAre(Condition{"mlp_layers", {}, 2.0, std::nullopt}));
    EXPECT_EQ(s.space.find("mini_batch_size")->domain,
              Domain(OrdinalDomain{{std::int64_t{32}, std::int64_t{64}, std::int64_t{128}}}));
    ASSERT_EQ(s.space.forbidden().size(), 1U);
    EXPECT_THAT(s.space.forbidden()[0], ElementsAre(Condition{"enc0_network", {"hcnn"}},
                                                    Condition{"mlp_layers", {}, 3.0, std::nullopt}));
    ASSERT_EQ(s.enqueued.size(), 2U);
    for (const Assignment& params : s.enqueued) EXPECT_TRUE(s.space.contains(params)) << to_text(params);
    EXPECT_EQ(s.enqueued[0].at("learning_rate"), ParamValue(0.02));
    EXPECT_EQ(s.enqueued[0].at("mini_batch_size"), ParamValue(std::int64_t{64})) << "its default";
    EXPECT_FALSE(s.enqueued[1].contains("mlp_dim")) << "with one layer there is none";
    const PrunerOptions pruner{"median", 5, 1, 30, 3, 0.01, 2, 9, 4, 2, true};
    EXPECT_EQ(s.pruner, pruner);
    EXPECT_EQ(s.budget.expected_gain, 0.001);
    EXPECT_EQ(s.warm_start, WarmStart::transfer);
}

TEST(ExperimentSearch, TheCompleteFormReadsBackEqual) {
    Experiment e = parse_experiment(good(), "/e/x.json");
    const json complete = to_json(e);
    EXPECT_EQ(errors_of(complete), "no error");
    const Experiment again = parse_experiment(complete, "/e/x.json");
    EXPECT_EQ(again.study, e.study);
    EXPECT_EQ(again.keep, e.keep);
    EXPECT_EQ(again.warm_start, e.warm_start);
    EXPECT_EQ(to_json(again), complete);
    e.study.prior = {{0, {{"learning_rate", 0.02}, {"old", std::string("x")}}, 0.75},
                     {1, {{"mlp_layers", std::int64_t{3}}}, -1e300}};
    EXPECT_EQ(parse_experiment(to_json(e), "/e/x.json", Origin::stored).study, e.study);
    e.study.prior[1].value = std::nan("");
    EXPECT_TRUE(
        std::isnan(parse_experiment(to_json(e), "/e/x.json", Origin::stored).study.prior.at(1).value));
    EXPECT_THAT(errors_of(to_json(e)), HasSubstr("/prior")) << "only a stored experiment has one";
}

TEST(ExperimentSearch, EachWrongThingIsNamed) {
    struct Bad {
        const char* pointer;
        json value;
        const char* message;
    };
    const auto parsed = [](const char* text) { return json::parse(text); };
    const std::vector<Bad> table{
        {"/objective", parsed(R"({"metric": "model_bytes"})"), "goes without \"objective\""},
        {"/objectives", json::array(), "/objectives = []: must be a list"},
        {"/objectives", 3, "/objectives = 3: must be a list"},
        {"/objectives/1/metric", "validation:accuracy",
         "/objectives/1/metric = validation:accuracy: is given twice"},
        {"/objectives/1/metric", "bytes", "/objectives/1/metric = \"bytes\": must be one of"},
        {"/objectives/1/keep", "loss", "/objectives/1/keep = \"loss\": is not known here"},
        {"/objectives/0", 3, "/objectives/0 = 3: must be an object"},
        {"/constraints", 3, "/constraints = 3: must be a list"},
        {"/constraints/0", parsed(R"({"metric": "model_bytes"})"), "/constraints/0/max: is required, or min"},
        {"/constraints/0/max", "big", "/constraints/0/max = \"big\": must be a number"},
        {"/constraints/1/min", 2, "/constraints/1/min = 2: must not be above max"},
        {"/constraints/0/metric", "x", "/constraints/0/metric = \"x\": must be one of"},
        {"/constraints/0/mix", 1, "/constraints/0/mix = 1: is not known here"},
        {"/search/population", 1, "/search/population = 1: must be an integer from 2"},
        {"/search/interval", 0, "/search/interval = 0: must be an integer from 1"},
        {"/search/space/dropout/step", 0, "/search/space/dropout/step = 0: must be greater than 0"},
        {"/search/space/dropout/step", "x", "/search/space/dropout/step = \"x\": must be a number"},
        {"/search/space/dropout/default", 0.95, "/search/space/dropout/default = 0.95: is not in the range"},
        {"/search/space/dropout/default", 7,
         "/search/space/dropout/default = 7: must be a number from 0 to 1"},
        {"/search/space/dropout/default", 0.25, "/search/space/dropout/default = 0.25: is not in the range"},
        {"/search/space/mlp_dim/step", 0, "/search/space/mlp_dim/step = 0: must be an integer from 1"},
        {"/search/space/mlp_dim/scale", "log", "/search/space/mlp_dim/step = 64: goes with the linear scale"},
        {"/search/space/mini_batch_size/values", parsed("[32, 32]"),
         "mini_batch_size/values = 32: is given twice"},
        {"/search/space/mini_batch_size/values", json::array(), "must be a list of at least one value"},
        {"/search/space/mini_batch_size/default", 65,
         "mini_batch_size/default = 65: is not in the range or list"},
        {"/search/space/mini_batch_size/min", 1, "mini_batch_size/min = 1: is not known here"},
        {"/search/space/mlp_dim/when/mlp_layers", parsed(R"({"min": 9})"),
         "/search/space/mlp_dim/when/mlp_layers = mlp_layers >= 9: can never hold"},
        {"/search/space/mlp_dim/when/mlp_layers", parsed(R"({"min": 3, "max": 2})"),
         "when/mlp_layers/min = 3: must not be above max"},
        {"/search/space/mlp_dim/when/mlp_layers", parsed(R"({"least": 3})"),
         "when/mlp_layers/least = 3: is not known"},
        {"/search/space/mlp_dim/when/mlp_layers", json::object(),
         "when/mlp_layers = {}: must have min, max or both"},
        {"/search/space/mlp_dim/when", parsed(R"({"num_classes": {"min": 4}})"),
         "can never hold: num_classes is fixed to 3"},
        {"/search/forbidden", 3, "/search/forbidden = 3: must be a list"},
        {"/search/forbidden/0", json::object(), "/search/forbidden/0 = {}: must be an object"},
        {"/search/forbidden/0", 3, "/search/forbidden/0 = 3: must be an object"},
        {"/search/forbidden/0/mlp_layer", 3, "did you mean mlp_layers?"},
        {"/search/forbidden/0/optimizer", "adam",
         "/search/forbidden/0 = optimizer: is not a parameter of the space"},
        {"/search/forbidden/0/mlp_layers", parsed(R"({"min": 7})"), "/search/forbidden/0/mlp_layers"},
        {"/search/forbidden/0/num_classes", 4, "can never hold: num_classes is fixed to 3"},
        {"/search/enqueue", 3, "/search/enqueue = 3: must be a list"},
        {"/search/enqueue/0", 3, "/search/enqueue/0 = 3: must be an object"},
        {"/search/enqueue/0/learning_rat", 3, "did you mean learning_rate?"},
        {"/search/enqueue/0/optimizer", "adam", "/search/enqueue/0/optimizer = adam: is not searched"},
        {"/search/enqueue/0/learning_rate", 0.5,
         "/search/enqueue/0/learning_rate = 0.5: is not in the range"},
        {"/search/enqueue/0/mlp_layers", "x", "/search/enqueue/0/mlp_layers = \"x\": must be an integer"},
        {"/search/enqueue/1/mlp_dim", 128,
         "/search/enqueue/1/mlp_dim = 128: exists only when mlp_layers >= 2"},
        {"/search/enqueue/1/mlp_layers", 4, "/search/enqueue/1 = "},
        {"/pruner/percentile", 100, "/pruner/percentile = 100: must be above 0 and below 100"},
        {"/pruner/percentile", 0, "/pruner/percentile = 0: must be above 0"},
        {"/pruner/patience", 0, "/pruner/patience = 0: must be an integer from 1"},
        {"/pruner/min_delta", -1, "/pruner/min_delta = -1: must be at least 0"},
        {"/pruner/min_epochs", 0, "/pruner/min_epochs = 0: must be an integer from 1"},
        {"/pruner/max_epochs", 1,
         "/pruner/max_epochs = 1: must be 0 (the trial's own) or at least min_epochs, 2"},
        {"/pruner/reduction_factor", 1, "/pruner/reduction_factor = 1: must be an integer from 2"},
        {"/pruner/brackets", 0, "/pruner/brackets = 0: must be an integer from 1"},
        {"/pruner/mode", "stop", "/pruner/mode = \"stop\": must be one of promotion, stopping"},
        {"/budget/expected_gain", 0, "/budget/expected_gain = 0: must be greater than 0"},
        {"/warm_start", json::array(), "/warm_start = []: must be a list of at least one study"},
        {"/warm_start", 3, "/warm_start = 3: must be a list"},
        {"/warm_start", parsed(R"({"kind": "identical"})"), "/warm_start/studies: is required"},
        {"/warm_start/kind", "same", "/warm_start/kind = \"same\": must be one of identical, transfer"},
        {"/warm_start/studies/0", 3, "/warm_start/studies/0 = 3: must be a study's folder"}};
    for (const Bad& bad : table)
        EXPECT_THAT(errors_of(with(good(), bad.pointer, bad.value)), HasSubstr(bad.message)) << bad.pointer;
}

TEST(ExperimentSearch, AValueIsHeldAsItsDomainHasIt) {
    const Domain ints = IntDomain{1, 9}, floats = FloatDomain{0, 2},
                 listed = CategoricalDomain{{std::int64_t{1}, 0.5, std::string("2")}};
    EXPECT_EQ(as_held(ints, 3.0), ParamValue(std::int64_t{3}));
    EXPECT_EQ(as_held(ints, 3.5), ParamValue(3.5));
    EXPECT_EQ(as_held(ints, 1e300), ParamValue(1e300));
    EXPECT_EQ(as_held(floats, std::int64_t{1}), ParamValue(1.0));
    EXPECT_EQ(as_held(floats, std::int64_t{3}), ParamValue(std::int64_t{3}));
    EXPECT_EQ(as_held(listed, 1.0), ParamValue(std::int64_t{1}));
    EXPECT_EQ(as_held(listed, std::int64_t{2}), ParamValue(std::int64_t{2}));
}

TEST(ExperimentSearch, TheSchemaAgreesOnStructure) {
    EXPECT_TRUE(schema_violations(good()).empty());
    EXPECT_TRUE(schema_violations(to_json(parse_experiment(good(), "/e/x.json"))).empty());
    for (const char* pointer : {"/search/population", "/search/forbidden", "/search/enqueue",
                                "/search/space/dropout/step", "/pruner/mode", "/pruner/patience",
                                "/objectives", "/constraints", "/warm_start/kind", "/budget/expected_gain"})
        EXPECT_FALSE(schema_violations(with(good(), pointer, json{{"x", 1}})).empty()) << pointer;
}

}  // namespace
}  // namespace o2v::orchestrator
