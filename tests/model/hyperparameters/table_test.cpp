// The table of hyperparameters: names, ranges, choices and defaults.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "model/hyperparameters/hyperparameters.hpp"
#include "tests/model/values.hpp"

namespace o2v::model {
namespace {

TEST(Table, WhatMayChangeInTrainingShapesNeitherNetworkNorOptimizer) {
    int may = 0;
    for (const HyperparameterInfo& info : hyperparameter_table()) {
        if (!may_change_in_training(info.name)) continue;
        ++may;
        EXPECT_TRUE(info.type == ValueType::integer || info.type == ValueType::real) << info.name;
    }
    EXPECT_EQ(may, 8) << "each is a name of the table";
    for (const char* name : {"enc_dim", "mlp_layers", "optimizer", "epochs", "enc0_layers", "nonsense"})
        EXPECT_FALSE(may_change_in_training(name)) << name;
}

TEST(Table, EveryDefaultIsAllowedAndEveryNameFindsItself) {
    for (const HyperparameterInfo& info : hyperparameter_table()) {
        EXPECT_EQ(canonical_name(info.name), info.name);
        for (const std::string& alias : info.aliases) EXPECT_EQ(canonical_name(alias), info.name);
        EXPECT_FALSE(info.help.empty()) << info.name;
        if (info.default_value) {
            EXPECT_EQ(check_value(info, *info.default_value), "") << info.name;
        }
    }
    EXPECT_EQ(canonical_name("nonsense"), "");
}

struct Range {
    const char* name;
    double min, max;
};

// The developer guide's table, row by row. Patience 0 (no early stopping) is ours.
TEST(Table, RangesAreSageMakers) {
    const Range integers[] = {{"enc0_max_seq_len", 1, 5000},
                              {"enc0_vocab_size", 2, 3000000},
                              {"enc0_layers", 1, 4},
                              {"enc0_cnn_filter_width", 1, 9},
                              {"enc0_token_embedding_dim", 2, 1000},
                              {"enc1_max_seq_len", 1, 5000},
                              {"enc1_vocab_size", 2, 3000000},
                              {"enc1_layers", 1, 4},
                              {"enc1_cnn_filter_width", 1, 9},
                              {"enc1_token_embedding_dim", 2, 1000},
                              {"enc_dim", 4, 10000},
                              {"mlp_layers", 0, 10},
                              {"mlp_dim", 2, 10000},
                              {"num_classes", 2, 30},
                              {"mini_batch_size", 1, 10000},
                              {"epochs", 1, 100},
                              {"early_stopping_patience", 0, 5},
                              {"bucket_width", 0, 100},
                              {"negative_sampling_rate", 0, 100}};
    for (const Range& range : integers) {
        const HyperparameterInfo& info = *find_hyperparameter(range.name);
        const auto min = static_cast<std::int64_t>(range.min), max = static_cast<std::int64_t>(range.max);
        for (const ParamValue& fine : {whole(min), whole(max), text(std::to_string(max).c_str())})
            EXPECT_EQ(check_value(info, fine), "") << range.name;
        for (const ParamValue& wrong : {whole(min - 1), whole(max + 1), ParamValue(range.min + 0.5)})
            EXPECT_NE(check_value(info, wrong), "") << range.name;
    }
    const Range reals[] = {{"dropout", 0, 1},
                           {"learning_rate", 1e-6, 1},
                           {"weight_decay", 0, 10000},
                           {"early_stopping_tolerance", 1e-6, 0.1}};
    for (const Range& range : reals) {
        const HyperparameterInfo& info = *find_hyperparameter(range.name);
        for (const double fine : {range.min, range.max, (range.min + range.max) / 2})
            EXPECT_EQ(check_value(info, ParamValue(fine)), "") << range.name;
        for (const double wrong : {range.min - 1e-9, range.max + 1e-9})
            EXPECT_NE(check_value(info, ParamValue(wrong)), "") << range.name;
    }
}

TEST(Table, ChoicesAreSageMakers) {
    using Values = std::vector<std::string>;
    const std::map<std::string, Values> choices{
        {"enc0_network", {"hcnn", "bilstm", "pooled_embedding"}},
        {"enc1_network", {"enc0", "hcnn", "bilstm", "pooled_embedding"}},
        {"comparator_list", {"hadamard", "concat", "abs_diff"}},
        {"mlp_activation", {"tanh", "relu", "linear"}},
        {"output_layer", {"softmax", "mean_squared_error"}},
        {"optimizer", {"adam", "adagrad", "adadelta", "sgd", "rmsprop"}},
        {"token_embedding_storage_type", {"dense", "row_sparse"}}};
    for (const auto& [name, values] : choices) EXPECT_EQ(find_hyperparameter(name)->choices, values) << name;
    EXPECT_NE(check_value(*find_hyperparameter("enc0_network"), text("enc0")), "");
    const HyperparameterInfo& file = *find_hyperparameter("enc1_pretrained_embedding_file");
    EXPECT_EQ(check_value(file, text("glove.840B_300d.txt")), "");
    EXPECT_EQ(check_value(file, text("")), "");
    EXPECT_NE(check_value(file, text("glove-840B.txt")), "");
    EXPECT_NE(check_value(file, text("../glove.txt")), "");
}

TEST(Table, EveryNameOfTheGuideIsThereAndNoOther) {
    std::vector<std::string> names;
    for (const HyperparameterInfo& info : hyperparameter_table()) names.push_back(info.name);
    std::vector<std::string> expected{"enc_dim",
                                      "comparator_list",
                                      "mlp_layers",
                                      "mlp_dim",
                                      "mlp_activation",
                                      "output_layer",
                                      "num_classes",
                                      "dropout",
                                      "optimizer",
                                      "learning_rate",
                                      "weight_decay",
                                      "mini_batch_size",
                                      "epochs",
                                      "early_stopping_patience",
                                      "early_stopping_tolerance",
                                      "bucket_width",
                                      "negative_sampling_rate",
                                      "tied_token_embedding_weight",
                                      "token_embedding_storage_type",
                                      "precision",
                                      "_num_gpus",
                                      "_num_kv_servers",
                                      "_kvstore",
                                      "_tuning_objective_metric"};
    for (const char* enc : {"enc0_", "enc1_"})
        for (const char* name :
             {"network", "max_seq_len", "vocab_size", "layers", "cnn_filter_width", "token_embedding_dim",
              "pretrained_embedding_file", "vocab_file", "freeze_pretrained_embedding"})
            expected.push_back(std::string(enc) + name);
    EXPECT_THAT(names, testing::UnorderedElementsAreArray(expected));
}

TEST(Table, BoundsAreInclusive) {
    const HyperparameterInfo& epochs = *find_hyperparameter("epochs");
    EXPECT_EQ(check_value(epochs, whole(1)), "");
    EXPECT_EQ(check_value(epochs, whole(100)), "");
    EXPECT_NE(check_value(epochs, whole(0)), "");
    EXPECT_NE(check_value(epochs, whole(101)), "");
    EXPECT_NE(check_value(epochs, ParamValue(1.5)), "");
    const HyperparameterInfo& rate = *find_hyperparameter("learning_rate");
    EXPECT_EQ(check_value(rate, ParamValue(1e-6)), "");
    EXPECT_NE(check_value(rate, ParamValue(0.0)), "");
    EXPECT_NE(check_value(rate, text("0.1x")), "");
    for (const char* wrong : {"nan", "inf", "0x1p-3", " 0.1", "+0.1", ""})
        EXPECT_NE(check_value(rate, text(wrong)), "") << wrong;
    EXPECT_EQ(check_value(rate, text("1e-3")), "");
}

}  // namespace
}  // namespace o2v::model
