#include "model/hyperparameters/hyperparameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace o2v::model {
namespace {

using testing::HasSubstr;

Assignment least() {
    return {{"enc0_max_seq_len", std::int64_t{10}}, {"enc0_vocab_size", std::int64_t{100}}};
}
Assignment with(std::initializer_list<std::pair<const std::string, ParamValue>> more) {
    Assignment a = least();
    for (const auto& [name, value] : more) a[name] = value;
    return a;
}
ParamValue text(const char* s) {
    return std::string(s);
}
ParamValue whole(std::int64_t i) {
    return i;
}

std::string errors_of(const Assignment& assignment) {
    try {
        resolve(assignment);
    } catch (const InputError& e) {
        return e.what();
    }
    return "no error";
}

// The container's own default-input.json, as its logs echo it.
TEST(Resolve, DefaultsAreSageMakers) {
    const Options o = resolve(least());
    EXPECT_EQ(o.enc[0].network, Network::hcnn);
    EXPECT_EQ(o.enc[0].layers, 4);
    EXPECT_EQ(o.enc[0].cnn_filter_width, 3);
    EXPECT_EQ(o.enc[0].token_embedding_dim, 300);
    EXPECT_EQ(o.enc_dim, 4096);
    EXPECT_EQ(o.comparators, (std::vector{Comparator::hadamard, Comparator::concat, Comparator::abs_diff}));
    EXPECT_EQ(o.mlp_layers, 2);
    EXPECT_EQ(o.mlp_dim, 512);
    EXPECT_EQ(o.mlp_activation, Activation::linear);
    EXPECT_EQ(o.output_layer, OutputLayer::softmax);
    EXPECT_EQ(o.outputs(), 2);
    EXPECT_EQ(o.optimizer, Optimizer::adam);
    EXPECT_DOUBLE_EQ(o.learning_rate, 0.0004);
    EXPECT_EQ(o.mini_batch_size, 32);
    EXPECT_EQ(o.epochs, 30);
    EXPECT_EQ(o.early_stopping_patience, 3);
    EXPECT_DOUBLE_EQ(o.early_stopping_tolerance, 0.01);
    EXPECT_EQ(o.negative_sampling_rate, 0);
    EXPECT_FALSE(o.tied_token_embedding_weight);
}

TEST(Resolve, Enc1LeftOutIsAsEnc0) {
    const Options o = resolve(with({{"enc0_network", text("bilstm")},
                                    {"enc0_layers", whole(2)},
                                    {"enc0_token_embedding_dim", whole(50)}}));
    EXPECT_EQ(o.enc[1], o.enc[0]);
}

TEST(Resolve, AnEnc1ValueBesideEnc0sNetworkIsHonoured) {
    const Options o = resolve(with({{"enc1_vocab_size", whole(7)}, {"enc1_max_seq_len", whole(3)}}));
    EXPECT_EQ(o.enc[1].network, Network::hcnn);
    EXPECT_EQ(o.enc[1].vocab_size, 7);
    EXPECT_EQ(o.enc[1].max_seq_len, 3);
}

TEST(Resolve, AnotherNetworkHasItsOwnAutomaticLayers) {
    const Options o = resolve(with({{"enc0_layers", whole(3)}, {"enc1_network", text("bilstm")}}));
    EXPECT_EQ(o.enc[0].layers, 3);
    EXPECT_EQ(o.enc[1].layers, 1);
}

TEST(Resolve, PooledEmbeddingTakesEncDimForItsTokens) {
    const Options o = resolve(with({{"enc0_network", text("average_pooling")},
                                    {"enc_dim", whole(1024)},
                                    {"enc0_token_embedding_dim", whole(300)},
                                    {"enc1_network", text("cnn")}}));
    EXPECT_EQ(o.enc[0].network, Network::pooled_embedding);
    EXPECT_EQ(o.enc[0].token_embedding_dim, 1024);
    EXPECT_EQ(o.enc[1].token_embedding_dim, 300);
}

TEST(Resolve, NumbersAndBooleansMayBeTexts) {
    const Options o = resolve(with({{"learning_rate", text("0.01")},
                                    {"epochs", text("5")},
                                    {"tied_token_embedding_weight", text("True")},
                                    {"comparator_list", text("abs_diff,hadamard")}}));
    EXPECT_DOUBLE_EQ(o.learning_rate, 0.01);
    EXPECT_EQ(o.epochs, 5);
    EXPECT_TRUE(o.tied_token_embedding_weight);
    EXPECT_EQ(o.comparators, (std::vector{Comparator::abs_diff, Comparator::hadamard}));
}

TEST(Resolve, TheStudyNotesNamesAreAliases) {
    const Options o = resolve(with({{"batch_size", whole(64)},
                                    {"encoder_network_1", text("bidirectional_lstm")},
                                    {"encoder_network_2", text("average_pooling")},
                                    {"num_layers", whole(0)},
                                    {"activation_function", text("tanh")},
                                    {"early_stopping", text("false")}}));
    EXPECT_EQ(o.mini_batch_size, 64);
    EXPECT_EQ(o.enc[0].network, Network::bilstm);
    EXPECT_EQ(o.enc[1].network, Network::pooled_embedding);
    EXPECT_EQ(o.mlp_layers, 0);
    EXPECT_EQ(o.mlp_activation, Activation::tanh);
    EXPECT_EQ(o.early_stopping_patience, 0);
    EXPECT_EQ(resolve(with({{"early_stopping", text("true")}})).early_stopping_patience, 3);
    EXPECT_EQ(resolve(with({{"early_stopping", whole(5)}})).early_stopping_patience, 5);
}

TEST(Resolve, HiddenNamesOfTheServiceAreIgnored) {
    EXPECT_EQ(resolve(with(
                  {{"_tuning_objective_metric", text("validation:accuracy")}, {"_num_gpus", text("auto")}})),
              resolve(least()));
}

TEST(Resolve, EveryProblemComesAtOnce) {
    const std::string errors = errors_of({{"enc0_vocab_size", whole(1)},
                                          {"dropuot", ParamValue(0.5)},
                                          {"optimizer", text("lbfgs")},
                                          {"mlp_dim", whole(10001)},
                                          {"feature_dim", whole(3)}});
    EXPECT_THAT(errors, HasSubstr("enc0_vocab_size = 1: must be an integer from 2 to 3000000"));
    EXPECT_THAT(errors, HasSubstr("enc0_max_seq_len: is required"));
    EXPECT_THAT(errors,
                HasSubstr("dropuot = 0.5: is no hyperparameter of Object2Vec; did you mean dropout?"));
    EXPECT_THAT(errors, HasSubstr("optimizer = lbfgs: must be one of adam, adagrad, adadelta, sgd, rmsprop"));
    EXPECT_THAT(errors, HasSubstr("mlp_dim = 10001"));
    EXPECT_THAT(errors, HasSubstr("feature_dim"));
}

TEST(Resolve, WhatDoesNotGoTogetherIsRefused) {
    EXPECT_THAT(
        errors_of(with({{"tied_token_embedding_weight", text("true")}, {"enc1_vocab_size", whole(7)}})),
        HasSubstr("enc0_vocab_size is 100 and enc1_vocab_size 7"));
    EXPECT_THAT(errors_of(with({{"tied_token_embedding_weight", text("true")},
                                {"enc1_network", text("pooled_embedding")}})),
                HasSubstr("300 and 4096"));
    EXPECT_THAT(errors_of(with(
                    {{"token_embedding_storage_type", text("row_sparse")}, {"optimizer", text("rmsprop")}})),
                HasSubstr("not with rmsprop"));
    EXPECT_THAT(errors_of(with({{"enc0_pretrained_embedding_file", text("glove.txt")}})),
                HasSubstr("needs enc0_vocab_file"));
    EXPECT_THAT(errors_of(with({{"batch_size", whole(1)}, {"mini_batch_size", whole(2)}})),
                HasSubstr("given twice"));
    EXPECT_THAT(errors_of(with({{"comparator_list", text("hadamard, hadamard")}})), HasSubstr("each once"));
    EXPECT_THAT(errors_of(with({{"comparator_list", text("")}})), HasSubstr("comma separated"));
}

TEST(Resolve, RowSparseTurnsBucketingOff) {
    EXPECT_EQ(
        resolve(with({{"token_embedding_storage_type", text("row_sparse")}, {"bucket_width", whole(10)}}))
            .bucket_width,
        0);
}

TEST(Resolve, ToAssignmentReadsBackEqual) {
    for (const Assignment& a :
         {least(), with({{"enc0_network", text("pooled_embedding")}, {"enc_dim", whole(2048)}}),
          with({{"enc1_network", text("bilstm")},
                {"enc1_layers", whole(2)},
                {"enc_dim", whole(2048)},
                {"early_stopping", text("false")},
                {"dropout", ParamValue(0.1 + 0.2)},
                {"output_layer", text("mean_squared_error")},
                {"comparator_list", text("concat")}}),
          with({{"enc0_network", text("bilstm")},
                {"enc1_network", text("pooled_embedding")},
                {"enc_dim", whole(64)}})}) {
        const Options o = resolve(a);
        EXPECT_EQ(resolve(to_assignment(o)), o);
    }
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
    EXPECT_NE(check_value(rate, text("nan")), "");
}

}  // namespace
}  // namespace o2v::model
