#include "model/hyperparameters/hyperparameters.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/model/values.hpp"

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
std::string errors_of(const Assignment& assignment) {
    try {
        resolve(assignment);
    } catch (const InputError& e) {
        return e.what();
    }
    return "no error";
}

// With an encoder of its own for in1.
Assignment two(const char* network,
               std::initializer_list<std::pair<const std::string, ParamValue>> more = {}) {
    Assignment a = with(more);
    a.insert(
        {{"enc1_network", text(network)}, {"enc1_max_seq_len", whole(5)}, {"enc1_vocab_size", whole(50)}});
    return a;
}
std::string without_effect(const Assignment& assignment) {
    std::vector<Problem> notes;
    resolve(assignment, &notes);
    std::string lines;
    for (const Problem& note : notes) lines += note.to_string() + '\n';
    return lines;
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
    EXPECT_EQ(o.dropout, 0);
    EXPECT_EQ(o.weight_decay, 0);
    EXPECT_EQ(o.bucket_width, 0);
    EXPECT_EQ(o.token_embedding_storage, EmbeddingStorage::dense);
    EXPECT_EQ(o.enc[0].pretrained_embedding_file, "");
    EXPECT_EQ(o.enc[0].vocab_file, "");
    EXPECT_TRUE(o.enc[0].freeze_pretrained_embedding);
}

TEST(Resolve, Enc1LeftOutIsAsEnc0) {
    const Options o = resolve(with({{"enc0_network", text("bilstm")},
                                    {"enc0_layers", whole(2)},
                                    {"enc0_token_embedding_dim", whole(50)}}));
    EXPECT_EQ(o.enc[1], o.enc[0]);
}

TEST(Resolve, AnEnc1ValueBesideEnc0sNetworkHasNoEffectAndIsNamed) {
    const Assignment given = with({{"enc1_vocab_size", whole(7)}, {"enc1_layers", whole(1)}});
    EXPECT_EQ(resolve(given), resolve(least()));
    EXPECT_EQ(
        without_effect(given),
        "enc1_layers = 1: has no effect: enc1_network is enc0, which gives enc1 all values of enc0\n"
        "enc1_vocab_size = 7: has no effect: enc1_network is enc0, which gives enc1 all values of enc0\n");
    EXPECT_EQ(without_effect(least()), "");
}

TEST(Resolve, AnotherNetworkHasDefaultsAndRequiredValuesOfItsOwn) {
    const Options o = resolve(two("hcnn", {{"enc0_network", text("bilstm")},
                                           {"enc0_layers", whole(2)},
                                           {"enc0_cnn_filter_width", whole(5)},
                                           {"enc0_token_embedding_dim", whole(50)},
                                           {"enc0_pretrained_embedding_file", text("glove.txt")},
                                           {"enc0_vocab_file", text("vocab.json")},
                                           {"enc0_freeze_pretrained_embedding", text("false")}}));
    EncoderOptions standard;  // the table's defaults
    standard.max_seq_len = 5;
    standard.vocab_size = 50;
    EXPECT_EQ(o.enc[1], standard);
    const std::string errors = errors_of(with({{"enc1_network", text("hcnn")}}));
    EXPECT_THAT(errors, HasSubstr("enc1_max_seq_len: is required, since enc1_network is hcnn"));
    EXPECT_THAT(errors, HasSubstr("enc1_vocab_size: is required, since enc1_network is hcnn"));
}

TEST(Resolve, AnotherNetworkHasItsOwnAutomaticLayers) {
    const Options o = resolve(two("bilstm", {{"enc0_layers", whole(3)}}));
    EXPECT_EQ(o.enc[0].layers, 3);
    EXPECT_EQ(o.enc[1].layers, 1);
    EXPECT_EQ(resolve(two("hcnn")).enc[1].layers, 4);
    EXPECT_EQ(resolve(two("hcnn", {{"enc1_layers", text("2")}})).enc[1].layers, 2);
}

TEST(Resolve, PooledEmbeddingTakesEncDimForItsTokens) {
    const Assignment given = two("cnn", {{"enc0_network", text("average_pooling")},
                                         {"enc_dim", whole(1024)},
                                         {"enc0_layers", whole(3)},
                                         {"enc0_token_embedding_dim", whole(300)}});
    const Options o = resolve(given);
    EXPECT_EQ(without_effect(given),
              "enc0_layers = 3: has no effect: pooled_embedding has no layers\n"
              "enc0_token_embedding_dim = 300: has no effect: pooled_embedding sets it to enc_dim, 1024\n");
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
                                    {"enc1_max_seq_len", whole(5)},
                                    {"enc1_vocab_size", whole(50)},
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

TEST(Resolve, BooleansAreSpeltInFourWays) {
    for (const char* yes : {"true", "True"})
        EXPECT_TRUE(resolve(with({{"tied_token_embedding_weight", text(yes)}})).tied_token_embedding_weight);
    for (const char* no : {"false", "False"})
        EXPECT_FALSE(resolve(with({{"enc0_freeze_pretrained_embedding", text(no)}}))
                         .enc[0]
                         .freeze_pretrained_embedding);
    EXPECT_THAT(errors_of(with({{"tied_token_embedding_weight", text("yes")}})),
                HasSubstr("must be true or false"));
}

// All values of a request to SageMaker are texts.
TEST(Resolve, ARequestOfTheServiceIsReadAsItIs) {
    const Options o = resolve({{"_kvstore", text("device")},
                               {"_num_gpus", text("auto")},
                               {"_num_kv_servers", text("auto")},
                               {"_tuning_objective_metric", text("")},
                               {"mlp_layers", text("1")},
                               {"mlp_dim", text("256")},
                               {"mlp_activation", text("tanh")},
                               {"output_layer", text("mean_squared_error")},
                               {"num_classes", text("2")},
                               {"mini_batch_size", text("64")},
                               {"learning_rate", text("0.001")},
                               {"enc_dim", text("1024")},
                               {"enc0_network", text("pooled_embedding")},
                               {"enc0_layers", text("auto")},
                               {"enc0_max_seq_len", text("1")},
                               {"enc0_vocab_size", text("944")},
                               {"enc0_token_embedding_dim", text("300")},
                               {"enc1_network", text("pooled_embedding")},
                               {"enc1_layers", text("auto")},
                               {"enc1_max_seq_len", text("1")},
                               {"enc1_vocab_size", text("1684")},
                               {"enc1_token_embedding_dim", text("300")}});
    EXPECT_EQ(o.enc[1].vocab_size, 1684);
    EXPECT_EQ(o.enc[1].token_embedding_dim, 1024);
    EXPECT_EQ(o.outputs(), 1);
}

TEST(Resolve, HiddenNamesOfTheServiceAreIgnored) {
    EXPECT_EQ(resolve(with({{"_tuning_objective_metric", text("validation:accuracy")},
                            {"_num_gpus", whole(2)},
                            {"_num_kv_servers", text("auto")},
                            {"_kvstore", text("dist_sync")}})),
              resolve(least()));
}

TEST(Resolve, NumClassesOfARegressionHasNoEffect) {
    EXPECT_EQ(without_effect(with({{"output_layer", text("mean_squared_error")}, {"num_classes", whole(5)}})),
              "num_classes = 5: has no effect: output_layer is mean_squared_error\n");
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
    EXPECT_THAT(errors_of({{"enc1_network", text("enc0")}}), testing::Not(HasSubstr("enc1_")));
}

TEST(Resolve, WhatDoesNotGoTogetherIsRefused) {
    EXPECT_THAT(errors_of(two(
                    "hcnn", {{"tied_token_embedding_weight", text("true")}, {"enc1_vocab_size", whole(7)}})),
                HasSubstr("enc0_vocab_size is 100 and enc1_vocab_size 7"));
    EXPECT_THAT(errors_of(two("pooled_embedding", {{"tied_token_embedding_weight", text("true")},
                                                   {"enc1_vocab_size", whole(100)}})),
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
    EXPECT_THAT(errors_of(with({{"comparator_list", text("con cat")}})), HasSubstr("comma separated"));
    EXPECT_THAT(errors_of(with({{"comparator_list", text("concat,")}})), HasSubstr("comma separated"));
    for (const char* optimizer : {"adam", "adagrad", "sgd"})
        EXPECT_NO_THROW(resolve(
            with({{"token_embedding_storage_type", text("row_sparse")}, {"optimizer", text(optimizer)}})));
    EXPECT_THAT(errors_of(with(
                    {{"token_embedding_storage_type", text("row_sparse")}, {"optimizer", text("adadelta")}})),
                HasSubstr("not with adadelta"));
}

TEST(Resolve, RowSparseTurnsBucketingOff) {
    const Assignment given =
        with({{"token_embedding_storage_type", text("row_sparse")}, {"bucket_width", whole(10)}});
    EXPECT_EQ(resolve(given).bucket_width, 0);
    EXPECT_EQ(without_effect(given),
              "bucket_width = 10: has no effect: row_sparse token embeddings go without buckets\n");
}

TEST(Resolve, ToAssignmentReadsBackEqual) {
    for (const Assignment& a :
         {least(), with({{"enc0_network", text("pooled_embedding")}, {"enc_dim", whole(2048)}}),
          two("bilstm", {{"enc1_layers", whole(2)},
                         {"enc_dim", whole(2048)},
                         {"early_stopping", text("false")},
                         {"dropout", ParamValue(0.1 + 0.2)},
                         {"output_layer", text("mean_squared_error")},
                         {"comparator_list", text("concat")}}),
          two("pooled_embedding", {{"enc0_network", text("bilstm")}, {"enc_dim", whole(64)}})}) {
        const Options o = resolve(a);
        EXPECT_EQ(resolve(to_assignment(o)), o);
    }
}

}  // namespace
}  // namespace o2v::model
