// From an experiment file and settings to a study of one trial.
#include "orchestrator/training.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "search/study/errors.hpp"
#include "tests/orchestrator/temporary_folder.hpp"

namespace o2v::orchestrator {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class TrainingTest : public testing::Test {
  protected:
    json searched() const {
        return json::parse(R"({
            "name": "words",
            "data": {"train": "train.jsonl", "validation": "validation.jsonl"},
            "objective": {"metric": "validation:accuracy", "keep": "objective"},
            "fixed": {"num_classes": 4, "enc0_max_seq_len": 8, "enc0_vocab_size": 1000, "epochs": 7,
                      "enc1_max_seq_len": 8, "enc1_vocab_size": 1000},
            "search": {"strategy": "grid", "seed": 7, "space": {
                "learning_rate": {"type": "float", "min": 0.001, "max": 0.1, "scale": "log"},
                "enc1_network": {"type": "categorical", "values": ["enc0", "hcnn"]},
                "enc1_cnn_filter_width": {"type": "int", "min": 1, "max": 5, "when": {"enc1_network": "hcnn"}}}},
            "pruner": {"type": "median"},
            "budget": {"trials": 24, "target": 0.9},
            "resources": {"slots": [{"device": "cpu", "cores": [0]}, {"device": "cpu"}]},
            "promote": {"as": "words", "mode": "embedding"}})");
    }
    json plain() const {
        return json::parse(R"({"name": "plain", "data": {"train": "train.jsonl"},
                               "fixed": {"enc0_max_seq_len": 8, "enc0_vocab_size": 1000}})");
    }
    TrainingRequest request(const json& file, std::vector<std::string> settings = {}) {
        TrainingRequest r;
        r.file = folder_.write("x.json", file.dump());
        r.settings = std::move(settings);
        return r;
    }
    static std::string errors_of(const TrainingRequest& request) {
        try {
            training_experiment(request);
        } catch (const InputError& e) {
            return e.what();
        }
        return "no error";
    }

    TemporaryFolder folder_;
};

TEST_F(TrainingTest, AFileNeedsNoSearchNoBudgetAndNoObjective) {
    const Experiment e = training_experiment(request(plain()));
    EXPECT_EQ(e.study.name, "plain-train");
    EXPECT_EQ(e.study.goal, (Goal{"train:cross_entropy", Direction::minimize}));
    EXPECT_EQ(e.study.budget.trials, 1);
    EXPECT_EQ(e.promote->as, "plain-train");
    EXPECT_EQ(std::get<int>(e.resources.slots), 1);
    json with_validation = plain();
    with_validation["data"]["validation"] = "validation.jsonl";
    EXPECT_EQ(training_experiment(request(with_validation)).study.goal.metric, "validation:cross_entropy");
    EXPECT_EQ(
        training_experiment(request(with_validation, {"output_layer=mean_squared_error"})).study.goal.metric,
        "validation:mean_squared_error");
}

TEST_F(TrainingTest, SettingsTakeThePlaceOfSearchedAndFixedParameters) {
    const Experiment e = training_experiment(request(
        searched(), {"learning_rate=0.01", "encoder_network_2=cnn", "enc1_cnn_filter_width=2", "epochs=3"}));
    EXPECT_EQ(e.study.space.size(), 0U);
    EXPECT_EQ(e.study.fixed.at("learning_rate"), ParamValue(0.01));
    EXPECT_EQ(e.study.fixed.at("enc1_network"), ParamValue(std::string("hcnn")));
    EXPECT_EQ(e.study.fixed.at("epochs"), ParamValue(std::int64_t{3}));
    EXPECT_EQ(e.study.search, (SearchOptions{"random", 7, 5}));
    EXPECT_EQ(e.study.pruner, PrunerOptions{});
    EXPECT_EQ(e.study.budget, (Budget{1, {}, {}, {}}));
    EXPECT_EQ(e.study.goal.metric, "validation:accuracy");
    EXPECT_EQ(e.keep, protocol::Keep::objective);
    EXPECT_EQ(e.promote, (Promotion{"words-train", "embedding"}));
    EXPECT_EQ(std::get<std::vector<SlotRequest>>(e.resources.slots),
              (std::vector<SlotRequest>{{"cpu", {0}}}));
    const json complete = to_json(e);
    EXPECT_EQ(to_json(parse_experiment(complete, "/elsewhere/y.json", Origin::stored)), complete);
}

TEST_F(TrainingTest, EverySearchedParameterWithoutAValueIsNamedWithItsRange) {
    const std::string errors =
        errors_of(request(searched(), {"dropuot=0.5", "mlp_dim=1", "epochs", "epochs=2", "epochs=3"}));
    EXPECT_THAT(errors,
                HasSubstr("/search/space/learning_rate: is searched (0.001 to 0.1 (log)), and one training "
                          "needs one value: --set learning_rate=VALUE, a number from 1e-06 to 1"));
    EXPECT_THAT(errors, HasSubstr("/search/space/enc1_network: is searched (enc0 | hcnn)"));
    EXPECT_THAT(errors, Not(HasSubstr("space/enc1_cnn_filter_width"))) << "it may not exist";
    EXPECT_THAT(errors,
                HasSubstr("--set dropuot: is no hyperparameter of Object2Vec; did you mean dropout?"));
    EXPECT_THAT(errors, HasSubstr("--set mlp_dim = 1: must be an integer from 2 to 10000"));
    EXPECT_THAT(errors, HasSubstr("--set = epochs: must be name=value"));
    EXPECT_THAT(errors, HasSubstr("--set epochs = 3: is given twice"));
    EXPECT_THAT(errors_of(request(searched(), {"learning_rate=0.01", "enc1_network=hcnn"})),
                AllOf(HasSubstr("/search/space/enc1_cnn_filter_width: is searched (1 to 5)"),
                      Not(HasSubstr("learning_rate"))));
    EXPECT_EQ(errors_of(request(searched(), {"learning_rate=0.01", "enc1_network=enc0"})), "no error");
}

TEST_F(TrainingTest, WhatDoesNotFitTogetherIsFoundWithTheSettings) {
    EXPECT_THAT(errors_of(request(plain(), {"token_embedding_storage_type=row_sparse", "optimizer=rmsprop"})),
                HasSubstr("not with rmsprop"));
    json j = plain();
    j["fixed"].erase("enc0_vocab_size");
    EXPECT_THAT(errors_of(request(j)), HasSubstr("/fixed/enc0_vocab_size: is required"));
    EXPECT_EQ(errors_of(request(j, {"enc0_vocab_size=50"})), "no error");
    json fixed_goal = searched();
    fixed_goal["search"] = json::object();
    EXPECT_THAT(errors_of(request(fixed_goal, {"output_layer=mean_squared_error"})),
                HasSubstr("/objective/metric = validation:accuracy: is not reported"));
    json long_name = plain();
    long_name["name"] = std::string(95, 'x');
    EXPECT_THAT(errors_of(request(long_name)), HasSubstr("is too long for a training: at most 94"));
    TrainingRequest odd = request(plain());
    odd.as = "a/b";
    EXPECT_THAT(errors_of(odd), HasSubstr("--as = a/b: must be 1 to 100 letters"));
}

TEST_F(TrainingTest, DeviceThreadsSeedAndNameMayBeGiven) {
    TrainingRequest r = request(searched(), {"learning_rate=0.01", "enc1_network=enc0"});
    r.device = "cuda:1";
    r.threads = 3;
    r.seed = 11;
    r.as = "mine";
    const Experiment e = training_experiment(r);
    EXPECT_EQ(std::get<std::vector<SlotRequest>>(e.resources.slots),
              (std::vector<SlotRequest>{{"cuda:1", {}}}));
    EXPECT_EQ(e.resources.threads, 3);
    EXPECT_EQ(e.study.search.seed, 11U);
    EXPECT_EQ(e.promote->as, "mine");
    r.device.reset();
    EXPECT_EQ(std::get<std::vector<SlotRequest>>(training_experiment(r).resources.slots),
              (std::vector<SlotRequest>{{"cpu", {}}}))
        << "as many cores as threads, not the file's one";
}

TEST_F(TrainingTest, WhatHasNoEffectIsSaidAndFactsAreOfTheResolvedParameters) {
    json j = plain();
    j["resources"] = {{"slots", 1}};
    j["fixed"]["enc1_vocab_size"] = 5;  // ignored: enc1_network is enc0
    j["fixed"]["negative_sampling_rate"] = 3;
    folder_.write("train.jsonl",
                  "{\"label\": 1, \"in0\": [1], \"in1\": [9]}\n{\"label\": 1, \"in0\": [1], \"in1\": [7]}\n");
    const RunPlan plan = plan_training(request(j));
    EXPECT_THAT(plan.notes, testing::ElementsAre(HasSubstr("enc1_vocab_size = 5: has no effect")));
    EXPECT_EQ(facts_of(plan).epochs, 30);
    EXPECT_EQ(facts_of(plan).records_per_epoch, 8);
}

TEST_F(TrainingTest, AStudyIsSetAsideBesideTheOthers) {
    const RunFolder folder(folder_.file("runs/x"));
    for (const char* number : {"1", "2"}) {
        folder.create();
        folder_.write("runs/x/study.db", number);
        EXPECT_EQ(set_aside(folder), folder.path() + '.' + number);
        EXPECT_FALSE(folder.has_study());
    }
    EXPECT_TRUE(RunFolder(folder_.file("runs/x.1")).has_study());
    folder.create();
    const RunLock lock(folder);
    EXPECT_THROW(set_aside(folder), StorageError);
}

}  // namespace
}  // namespace o2v::orchestrator
