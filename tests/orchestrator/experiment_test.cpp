#include "orchestrator/experiment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "orchestrator/experiment_checks.hpp"
#include "search/study/errors.hpp"
#include "tests/orchestrator/changed.hpp"
#include "tests/orchestrator/experiment_errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

json good() {
    return json::parse(R"({
        "name": "wordnet",
        "data": {"train": "d/train.jsonl", "validation": "d/validation.jsonl", "vocabulary": {"in0": "d/v0.json"}},
        "objective": {"metric": "validation:accuracy"},
        "fixed": {"num_classes": 26, "enc0_max_seq_len": 8, "enc0_vocab_size": 1000,
                  "enc1_max_seq_len": 8, "enc1_vocab_size": 1000, "batch_size": 64},
        "search": {"strategy": "random", "seed": 7, "space": {
            "learning_rate": {"type": "float", "min": 1e-5, "max": 1e-1, "scale": "log"},
            "mlp_dim": {"type": "int", "min": 16, "max": 1024, "scale": "log"},
            "encoder_network_2": {"type": "categorical", "values": ["average_pooling", "hcnn", "bilstm"]},
            "enc1_cnn_filter_width": {"type": "int", "min": 1, "max": 5, "when": {"enc1_network": ["cnn"]}}}},
        "budget": {"trials": 24, "time": "8h"},
        "resources": {"slots": 2},
        "promote": {"as": "wordnet"}})");
}

TEST(Experiment, IsReadWithDefaultsAliasesAndPathsFromItsFolder) {
    const Experiment e = parse_experiment(good(), "/exp/x.json");
    EXPECT_EQ(e.data.train, "/exp/d/train.jsonl");
    EXPECT_EQ(e.data.vocabulary0, "/exp/d/v0.json");
    EXPECT_EQ(e.study.goal.direction, Direction::maximize)
        << "an accuracy is maximized unless said otherwise";
    EXPECT_EQ(std::get<std::int64_t>(e.study.fixed.at("mini_batch_size")), 64);
    ASSERT_NE(e.study.space.find("enc1_network"), nullptr);
    const auto& networks = std::get<CategoricalDomain>(e.study.space.find("enc1_network")->domain).values;
    EXPECT_EQ(to_text(networks.front()), "pooled_embedding");
    EXPECT_THAT(e.study.space.find("enc1_cnn_filter_width")->only_if.front().values, ElementsAre("hcnn"));
    EXPECT_EQ(e.study.budget.time, std::chrono::hours(8));
    EXPECT_EQ(std::get<int>(e.resources.slots), 2);
    EXPECT_EQ(e.promote->mode, "classification");
}

TEST(Experiment, ItsCompleteFormReadsBackEqual) {
    const json complete = to_json(parse_experiment(good(), "/exp/x.json"));
    EXPECT_EQ(errors_of(complete), "no error");
    EXPECT_EQ(to_json(parse_experiment(complete, "/elsewhere/y.json")), complete);
    EXPECT_EQ(to_json(parse_experiment(complete, "/elsewhere/y.json", Origin::stored)), complete);
    const json shared =
        to_json(parse_experiment(with(good(), "/resources/trials_per_gpu", 3), "/exp/x.json"));
    EXPECT_EQ(parse_experiment(shared, "/exp/x.json").resources.trials_per_gpu, 3);
}

TEST(Experiment, BadLinesAreSkippedOnlyWhenAskedFor) {
    EXPECT_EQ(parse_experiment(good(), "/exp/x.json").data.skip_bad_lines, 0);
    EXPECT_FALSE(to_json(parse_experiment(good(), "/exp/x.json")).at("data").contains("skip_bad_lines"));
    const json complete = to_json(parse_experiment(with(good(), "/data/skip_bad_lines", 7), "/exp/x.json"));
    EXPECT_EQ(complete.at("data").at("skip_bad_lines"), 7);
    EXPECT_EQ(parse_experiment(complete, "/exp/x.json").data.skip_bad_lines, 7);
}

TEST(Experiment, AllErrorsComeAtOnceWithPathValueAndTheNearestName) {
    json j = good();
    j["serch"] = 1;
    j["objective"]["metric"] = "validation:acuracy";
    j["fixed"]["lerning_rate"] = 0.1;
    j["fixed"]["num_classes"] = 31;
    j["search"]["space"]["mlp_dim"]["max"] = 20000;
    const std::string errors = errors_of(j);
    EXPECT_THAT(errors, HasSubstr("x.json: /serch = 1: is not known here; did you mean search?"));
    EXPECT_THAT(
        errors,
        HasSubstr("x.json: /objective/metric = \"validation:acuracy\": must be one of validation:accuracy"));
    EXPECT_THAT(
        errors,
        HasSubstr(
            "x.json: /fixed/lerning_rate: is no hyperparameter of Object2Vec; did you mean learning_rate?"));
    EXPECT_THAT(errors, HasSubstr("x.json: /fixed/num_classes = 31: must be an integer from 2 to 30"));
    EXPECT_THAT(errors,
                HasSubstr("x.json: /search/space/mlp_dim/max = 20000: must be an integer from 2 to 10000"));
}

struct Bad {
    json experiment;
    std::string message;
};

TEST(Experiment, EachWrongThingIsNamed) {
    const std::vector<Bad> table{
        {json::array(), "x.json:  = []: must be an object"},
        {without(good(), "", "name"), "/name: is required"},
        {without(good(), "", "data"), "/data: is required"},
        {json{{"name", "x"}, {"problem", "branin"}}, "/objective: is required"},
        {without(good(), "/data", "train"), "/data/train: is required"},
        {with(good(), "/data/skip_bad_lines", -1), "/data/skip_bad_lines = -1: must be"},
        {with(good(), "/data/skip_bad_lines", true), "/data/skip_bad_lines = true: must be"},
        {with(good(), "/name", "a/b"), "/name = \"a/b\": must be 1 to 100 letters"},
        {with(good(), "/name", 5), "/name = 5: must be a text"},
        {with(good(), "/problem", "branin"), "goes without \"data\""},
        {with(good(), "/problem", "branim"), "did you mean branin?"},
        {with(good(), "/objective/metric", "test:accuracy"),
         "must be one of validation:accuracy, validation:cross_entropy, train:accuracy"},
        {with(good(), "/objective/direction", "up"), "must be one of minimize, maximize"},
        {with(good(), "/objective/keep", "best"), "must be one of loss, objective"},
        {with(good(), "/fixed/enc0_vocab_size", 1), "must be an integer from 2 to 3000000"},
        {with(good(), "/fixed/dropout", "much"), "must be a number from 0 to 1"},
        {with(good(), "/fixed/optimizer", "adamm"), "did you mean adam?"},
        {with(good(), "/fixed/comparator_list", "hadamard, dot"),
         "must be a comma separated list of hadamard, concat, abs_diff"},
        {with(good(), "/fixed/mini_batch_size", 32), "is given twice"},
        {without(good(), "/fixed", "enc0_max_seq_len"), "enc0_max_seq_len: is required"},
        {without(good(), "/fixed", "enc1_vocab_size"), "enc1_vocab_size: is required, since enc1_network is"},
        {with(good(), "/fixed/learning_rate", 0.1), "/search/space/learning_rate: is fixed as well"},
        {with(good(), "/search/strategy", "rando"), "did you mean random?"},
        {with(good(), "/search/seed", -1), "must be an integer from 0 up"},
        {with(good(), "/search/space/learning_rate/scale", "lg"), "must be one of linear, log, reverse_log"},
        {with(good(), "/search/space/learning_rate/typ", "x"), "did you mean type?"},
        {with(good(), "/search/space/learning_rate/min", 0), "must be a number from 1e-06 to 1"},
        {with(good(), "/search/space/learning_rate/min", 0.5), "learning_rate"},
        {with(good(), "/search/space/mlp_dim/type", "float"), "must be one of int, categorical"},
        {with(good(), "/search/space/mlp_dim/min", 16.5), "must be an integer"},
        {with(good(), "/search/space/optimizer",
              json{{"type", "categorical"}, {"values", {"adam", "lbfgs"}}}),
         "/values/1 = \"lbfgs\""},
        {with(good(), "/search/space/optimizer", json{{"type", "categorical"}, {"values", json::array()}}),
         "at least one value"},
        {with(good(), "/search/space/enc1_cnn_filter_width/when", json{{"enc2_network", {"hcnn"}}}),
         "did you mean enc0_network?"},
        {with(good(), "/search/space/enc1_cnn_filter_width/when", json{{"enc0_network", {"hcnn"}}}),
         "enc0_network"},
        {with(good(), "/search/space/enc1_cnn_filter_width/when", json{{"num_classes", {2}}}),
         "can never hold: num_classes is fixed to 26"},
        {with(good(), "/pruner", json{{"type", "medium"}}), "did you mean median?"},
        {with(good(), "/budget/trials", 0), "must be an integer from 1"},
        {with(good(), "/budget/time", "soon"), "must be seconds or a text such as"},
        {with(good(), "/resources/slots", "all"), "must be \"auto\", a number of slots, or a list"},
        {with(good(), "/resources/slots", json::array({json{{"device", "gpu"}}})),
         "must be cpu, cuda:N or, of several GPUs"},
        {with(good(), "/resources/slots", json::array({json{{"cores", {-1}}}})),
         "must be a list of core numbers"},
        {with(good(), "/resources/trials_per_gpu", 0), "/resources/trials_per_gpu = 0"},
        {with(good(), "/resources", json{{"trials_per_gpu", 2}, {"devices_per_trial", 2}}),
         "/resources/trials_per_gpu = 2: goes without devices_per_trial"},
        {with(good(), "/promote/mode", "both"), "must be one of classification, embedding"},
        {with(good(), "/fixed/token_embedding_storage_type", "row_sparse")
             .patch(json::parse(R"([{"op":"add","path":"/fixed/optimizer","value":"rmsprop"}])")),
         "works with adam, adagrad and sgd, not with rmsprop"}};
    for (const Bad& bad : table)
        EXPECT_THAT(errors_of(bad.experiment), HasSubstr(bad.message)) << bad.experiment.dump();
}

TEST(Experiment, NeedsNeitherSearchNorObjective) {
    json j = without(good(), "", "objective");
    EXPECT_EQ(parse_experiment(j, "x.json").study.goal,
              (Goal{"validation:cross_entropy", Direction::minimize}));
    j["data"].erase("validation");
    j["fixed"]["output_layer"] = "mean_squared_error";
    j.erase("search");
    const Experiment e = parse_experiment(j, "x.json");
    EXPECT_EQ(e.study.goal, (Goal{"train:mean_squared_error", Direction::minimize}));
    EXPECT_EQ(e.study.space.size(), 0U);
    EXPECT_TRUE(schema_violations(j).empty());
}

TEST(Experiment, ADraftMayLackWhatItsParametersNeed) {
    const json j = without(good(), "/fixed", "enc0_vocab_size");
    EXPECT_NO_THROW(parse_experiment(j, "x.json", Origin::draft));
    EXPECT_THROW(parse_experiment(with(good(), "/fixed/enc0_vocab_size", 1), "x.json", Origin::draft),
                 InputError);
}

TEST(Experiment, WhatNeverHasAnEffectIsNamed) {
    const auto idle_of = [](const json& experiment) {
        const Experiment e = parse_experiment(experiment, "x.json");
        std::string lines;
        for (const Problem& p : settings_without_effect(e.study.space, e.study.fixed))
            lines += p.to_string() + '\n';
        return lines;
    };
    EXPECT_EQ(idle_of(good()), "");
    json j = good();
    j["search"]["space"]["encoder_network_2"]["values"] = {"enc0", "hcnn"};
    EXPECT_EQ(idle_of(j), "") << "they have one where enc1_network is hcnn";
    j["search"]["space"] = {{"enc1_layers", {{"type", "int"}, {"min", 1}, {"max", 4}}}};
    EXPECT_THAT(idle_of(j),
                AllOf(HasSubstr("enc1_layers = "), HasSubstr("enc1_max_seq_len = 8: has no effect"),
                      HasSubstr("enc1_vocab_size = 1000: has no effect")));
}

TEST(Experiment, CombinationsOfTheSpaceThatCannotBeBuiltAreFoundBeforeAnythingStarts) {
    json j = good();
    j["fixed"]["token_embedding_storage_type"] = "row_sparse";
    j["search"]["space"]["optimizer"] = {{"type", "categorical"}, {"values", {"adam", "adadelta"}}};
    EXPECT_THAT(errors_of(j), AllOf(HasSubstr("not with adadelta"), HasSubstr("optimizer=adadelta")));
}

TEST(Experiment, AConditionOnAFixedParameterThatHoldsDisappears) {
    json j = good();
    j["search"]["space"].erase("encoder_network_2");
    j["fixed"]["enc1_network"] = "hcnn";
    EXPECT_TRUE(parse_experiment(j, "x.json").study.space.find("enc1_cnn_filter_width")->only_if.empty());
}

TEST(Experiment, RegressionHasItsOwnMetrics) {
    json j = with(good(), "/fixed/output_layer", "mean_squared_error");
    EXPECT_THAT(errors_of(j), HasSubstr("must be one of validation:mean_squared_error, "
                                        "validation:mean_absolute_error, validation:pearson"));
    j["objective"]["metric"] = "validation:mean_squared_error";
    EXPECT_EQ(parse_experiment(j, "x.json").study.goal.direction, Direction::minimize);
    j["objective"]["metric"] = "validation:pearson";
    EXPECT_EQ(parse_experiment(j, "x.json").study.goal.direction, Direction::maximize);
}

TEST(Experiment, FilesMayHaveCommentsButNoKeyTwice) {
    const TemporaryFolder folder;
    const std::string text = good().dump();
    EXPECT_NO_THROW(load_experiment(folder.write("a.json", "// why\n" + text + "/* end */")));
    const auto error_in = [&](const std::string& content) -> std::string {
        try {
            load_experiment(folder.write("b.json", content));
        } catch (const InputError& e) {
            return e.what();
        }
        return "no error";
    };
    EXPECT_THAT(error_in(R"({"name": "x", "name": "y"})"), HasSubstr("\"name\": stands twice"));
    EXPECT_THAT(error_in("{\n  \"name\": ,\n}"), AllOf(HasSubstr("b.json"), HasSubstr("line 2, column")));
    EXPECT_THAT(error_in(""), HasSubstr("b.json"));
    EXPECT_THROW(load_experiment(folder.file("none.json")), InputError);
}

TEST(Experiment, NotifyIsAProgramAndItsArguments) {
    const json j = with(good(), "/notify", {{"command", {"./tell.sh", "now"}}});
    const Experiment e = parse_experiment(j, "/e/x.json");
    EXPECT_THAT(e.notify, ElementsAre("./tell.sh", "now"));
    EXPECT_EQ(parse_experiment(to_json(e), "/e/x.json", Origin::stored).notify, e.notify);
    EXPECT_THAT(errors_of(with(good(), "/notify", {{"command", {""}}})),
                HasSubstr("/notify/command = [\"\"]: must be a list of texts: a program and its arguments"));
    EXPECT_THAT(errors_of(with(good(), "/notify", {{"comand", {"x"}}})), HasSubstr("command"));
}

TEST(Experiment, OnlyWhatDecidesTrialsIsADifference) {
    const json before = to_json(parse_experiment(good(), "/e/x.json"));
    json after = before;
    after["resources"]["slots"] = 7;
    after["promote"]["as"] = "other";
    after["notify"]["command"] = {"./tell.sh"};
    after["description"] = "new words";
    EXPECT_TRUE(differences(before, after, Change::none).empty());
    after["budget"]["trials"] = 48;
    EXPECT_THAT(differences(before, after, Change::none), ElementsAre("/budget/trials: 24 -> 48"));
    EXPECT_TRUE(differences(before, after, Change::extension).empty());
    after["search"]["seed"] = 8;
    after["search"]["space"].erase("mlp_dim");
    EXPECT_THAT(differences(before, after, Change::none),
                ElementsAre("/search/seed: 7 -> 8", HasSubstr("/search/space/mlp_dim: {"),
                            "/budget/trials: 24 -> 48"));
    EXPECT_THAT(differences(before, after, Change::extension), ElementsAre("/search/seed: 7 -> 8"));
}

TEST(Schema, AgreesWithTheReaderOnStructure) {
    EXPECT_TRUE(schema_violations(good()).empty());
    for (const json& bad :
         {without(good(), "", "name"), without(good(), "/data", "train"), with(good(), "/serch", 1),
          with(good(), "/budget/trials", 0), with(good(), "/objective/direction", "up"),
          with(good(), "/search/strategy", "rando"), with(good(), "/pruner/type", "x"),
          with(good(), "/search/space/mlp_dim/typ", "int"), with(good(), "/fixed/num_classes", 31),
          with(good(), "/resources/slots", "all"), with(good(), "/promote/mode", "both"),
          with(good(), "/notify", json::object()), with(good(), "/notify", {{"command", "./tell.sh"}}),
          with(good(), "/notify", {{"command", json::array()}}),
          with(good(), "/notify", {{"command", {"./tell.sh", 1}}}),
          with(good(), "/notify", {{"comand", {"x"}}})}) {
        EXPECT_FALSE(schema_violations(bad).empty()) << bad.dump();
        EXPECT_NE(errors_of(bad), "no error") << bad.dump();
    }
}

TEST(Schema, TheShippedFileIsWhatTheProgramPrints) {
    std::ifstream file(O2V_SOURCE_DIR "/experiments/experiment.schema.json");
    ASSERT_TRUE(file) << "make it with: o2v-tune schema > experiments/experiment.schema.json";
    EXPECT_EQ(json::parse(file), experiment_schema());
}

TEST(ShippedExperiments, AreAllValid) {
    int seen = 0;
    for (const auto& entry : std::filesystem::directory_iterator(O2V_SOURCE_DIR "/experiments")) {
        const std::string name = entry.path().filename().string();
        if (!name.ends_with(".json") || name.ends_with(".schema.json")) continue;
        ++seen;
        EXPECT_NO_THROW(load_experiment(entry.path().string())) << name;
    }
    EXPECT_GE(seen, 4);
}

}  // namespace
}  // namespace o2v::orchestrator
