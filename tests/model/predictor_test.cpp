// A trained model's folder: written, read back, asked.
#include "model/predictor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <numeric>

#include "gpu.hpp"
#include "model/inference.hpp"
#include "model/model_folder.hpp"
#include "model/training.hpp"
#include "search/study/errors.hpp"
#include "temporary_folder.hpp"

namespace o2v::model {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;

Options options_of(Network network, OutputLayer output) {
    Options options;
    options.enc_dim = 8;
    for (EncoderOptions& enc : options.enc) {
        enc.network = network;
        enc.layers = 1;
        enc.token_embedding_dim = 8;
        enc.max_seq_len = 4;
        enc.vocab_size = 20;
    }
    options.mlp_dim = 8;
    options.output_layer = output;
    options.num_classes = 3;
    options.mini_batch_size = 8;
    options.learning_rate = 0.01;
    return options;
}

data::Pairs pairs() {
    data::Pairs rows;
    Rng rng(8);
    for (int i = 0; i < 40; ++i) {
        for (data::Sequences& side : rows.side) {
            const std::uint64_t length = 1 + uniform_index(rng, 4);
            for (std::uint64_t k = 0; k < length; ++k)
                side.tokens.push_back(static_cast<std::int32_t>(uniform_index(rng, 20)));
            side.offsets.push_back(static_cast<std::int64_t>(side.tokens.size()));
        }
        rows.labels.push_back(static_cast<float>(uniform_index(rng, 3)));
    }
    return rows;
}

data::Sequences sequences(const std::vector<std::vector<std::int32_t>>& rows) {
    data::Sequences result;
    for (const auto& row : rows) {
        result.tokens.insert(result.tokens.end(), row.begin(), row.end());
        result.offsets.push_back(static_cast<std::int64_t>(result.tokens.size()));
    }
    return result;
}

class PredictorTest : public testing::TestWithParam<std::tuple<Network, OutputLayer>> {};

TEST_P(PredictorTest, AnswersAsTheTrainedModel) {
    const auto& [network, output] = GetParam();
    const Options options = options_of(network, output);
    const data::Pairs dataset = pairs();
    Trainer trainer(options, 3, torch::kCPU, std::make_shared<data::Dataset>(dataset));
    trainer.train_epoch();
    const TemporaryFolder folder;
    const std::string path = folder.file("model");
    save_model(path, options, parameters_of(trainer.model()), {{"validation:accuracy", 0.5}}, 0, {});
    const Predictor predictor(path);
    EXPECT_EQ(predictor.options(), options);

    torch::Tensor expected = outputs_of(trainer.model(), dataset.side[0], dataset.side[1]);
    if (output == OutputLayer::softmax) expected = torch::softmax(expected, 1);
    const auto scores = predictor.scores(dataset.side[0], dataset.side[1]);
    ASSERT_EQ(scores.rows, 40);
    ASSERT_EQ(scores.columns, options.outputs());
    for (std::int64_t i = 0; i < scores.rows; ++i) {
        for (std::int64_t k = 0; k < scores.columns; ++k)
            EXPECT_EQ(scores[i][static_cast<std::size_t>(k)], expected[i][k].item<float>());
        if (output == OutputLayer::softmax) {
            EXPECT_NEAR(std::accumulate(scores[i].begin(), scores[i].end(), 0.0), 1, 1e-5);
        }
    }
    const auto embeddings = predictor.embed(1, dataset.side[1]);
    const torch::Tensor embedded = embeddings_of(trainer.model(), 1, dataset.side[1]);
    EXPECT_EQ(embeddings[7][2], embedded[7][2].item<float>());
    EXPECT_EQ(embeddings.columns, 8);
    const auto again = predictor.scores_of_embeddings(predictor.embed(0, dataset.side[0]), embeddings);
    for (std::size_t i = 0; i < again.values.size(); ++i)
        EXPECT_NEAR(again.values[i], scores.values[i], 1e-6);
    const auto of_one = predictor.scores_of_embeddings(predictor.embed(0, sequences({{3, 1}})), embeddings);
    const auto pair = predictor.scores(sequences({{3, 1}}),
                                       sequences({{dataset.side[1][4].begin(), dataset.side[1][4].end()}}));
    for (std::size_t k = 0; k < pair.values.size(); ++k) EXPECT_NEAR(of_one[4][k], pair.values[k], 1e-6);
}

class PredictorOnAGpu : public OnAGpu,
                        public testing::WithParamInterface<std::tuple<Network, OutputLayer>> {};

void expect_near(const Matrix& found, const Matrix& expected) {
    ASSERT_EQ(found.values.size(), expected.values.size());
    for (std::size_t i = 0; i < expected.values.size(); ++i)
        EXPECT_NEAR(found.values[i], expected.values[i], 1e-5);
}

TEST_P(PredictorOnAGpu, AnswersAsOnTheCpu) {
    const auto& [network, output] = GetParam();
    const Options options = options_of(network, output);
    const data::Pairs dataset = pairs();
    Trainer trainer(options, 3, kGpu, std::make_shared<data::Dataset>(dataset));
    trainer.train_epoch();
    const TemporaryFolder folder;
    const std::string path = folder.file("model");
    save_model(path, options, parameters_of(trainer.model()), {}, 0, {});
    const Predictor on_cpu(path);
    const data::Sequences odd = sequences({{3, 1}, {}, {0, 0}, {1, 2, 3, 4, 5, 6}});
    for (const auto resident : {Resident::everything, Resident::encoders}) {
        const Predictor on_gpu(path, "cuda:0", resident);
        expect_near(on_gpu.scores(dataset.side[0], dataset.side[1]),
                    on_cpu.scores(dataset.side[0], dataset.side[1]));
        expect_near(on_gpu.scores(odd, odd), on_cpu.scores(odd, odd));
        expect_near(on_gpu.embed(0, odd), on_cpu.embed(0, odd));
        const Matrix u = on_cpu.embed(0, odd), v = on_cpu.embed(1, odd);
        expect_near(on_gpu.scores_of_embeddings(u, v), on_cpu.scores_of_embeddings(u, v));
    }
}

INSTANTIATE_TEST_SUITE_P(
    All, PredictorOnAGpu,
    testing::Combine(testing::Values(Network::pooled_embedding, Network::hcnn, Network::bilstm),
                     testing::Values(OutputLayer::softmax, OutputLayer::mean_squared_error)));

INSTANTIATE_TEST_SUITE_P(
    All, PredictorTest,
    testing::Combine(testing::Values(Network::pooled_embedding, Network::hcnn, Network::bilstm),
                     testing::Values(OutputLayer::softmax, OutputLayer::mean_squared_error)));

TEST_P(PredictorTest, AnAnswerDoesNotDependOnWhatIsAskedBesideIt) {
    const auto& [network, output] = GetParam();
    const TemporaryFolder folder;
    const std::string path = folder.file("model");
    Options options = options_of(network, output);
    options.enc_dim = 64;  // products wide enough to be added up in several ways
    for (EncoderOptions& enc : options.enc) enc.token_embedding_dim = 64;
    options.mlp_dim = 50;
    Trainer trainer(options, 3, torch::kCPU, std::make_shared<data::Dataset>(pairs()));
    trainer.train_epoch();
    save_model(path, options, parameters_of(trainer.model()), {}, 0, {});
    const Predictor predictor(path);
    const data::Pairs all = pairs();
    const auto together = predictor.scores(all.side[0], all.side[1]);
    const auto embedded = predictor.embed(0, all.side[0]);
    for (std::int64_t i = 0; i < all.size(); ++i) {
        data::Sequences in[2];
        for (std::size_t side : {0U, 1U}) in[side].append(all.side[side][i]);
        const auto alone = predictor.scores(in[0], in[1]), vector = predictor.embed(0, in[0]);
        for (std::size_t k = 0; k < alone.values.size(); ++k)
            EXPECT_NEAR(alone.values[k], together[i][k], 1e-6) << i;
        for (std::size_t k = 0; k < vector.values.size(); ++k)
            EXPECT_NEAR(vector.values[k], embedded[i][k], 1e-6) << i;
    }
}

TEST_P(PredictorTest, LongerLimitsPadEverySequenceAlike) {
    const auto& [network, output] = GetParam();
    const TemporaryFolder folder;
    const std::string path = folder.file("model");
    const Options options = options_of(network, output);
    Trainer trainer(options, 3, torch::kCPU, std::make_shared<data::Dataset>(pairs()));
    trainer.train_epoch();
    save_model(path, options, parameters_of(trainer.model()), {}, 0, {});
    const Predictor predictor(path);
    const std::int64_t limit = 2 * options.enc[0].max_seq_len;
    const std::vector<std::int32_t> longest(static_cast<std::size_t>(limit), 1);
    const Predictor::MaxLengths limits{limit, limit};
    const auto alone = predictor.embed(0, sequences({{1, 2}}), limits);
    const auto beside = predictor.embed(0, sequences({{1, 2}, longest}), limits);
    for (std::size_t i = 0; i < alone[0].size(); ++i) EXPECT_NEAR(alone[0][i], beside[0][i], 1e-6);
}

class SavedModel : public testing::Test {
  protected:
    SavedModel() {
        const std::string words = folder_.write("words", R"({"<pad>": 0, "<unk>": 1, "dog": 2})");
        const std::string names = folder_.write("names", R"(["a", "b", "c"])");
        Trainer trainer(options_of(Network::pooled_embedding, OutputLayer::softmax), 3, torch::kCPU,
                        std::make_shared<data::Dataset>(pairs()));
        save_model(path_, trainer.model().options(), parameters_of(trainer.model()), {}, 0,
                   {words, "", names});
    }

    TemporaryFolder folder_;
    std::string path_ = folder_.file("model");
};

TEST_F(SavedModel, BringsItsWordsAndNames) {
    const Predictor predictor(path_);
    EXPECT_THAT(predictor.vocabulary(0).encode("Dog cat"), ElementsAre(2, 1));
    EXPECT_TRUE(predictor.vocabulary(1).empty());
    EXPECT_THAT(predictor.labels(), ElementsAre("a", "b", "c"));
    EXPECT_THAT(folder_.read("model/metrics.json"), HasSubstr("best_epoch"));
}

TEST_F(SavedModel, TruncatesAndTakesEmptySequences) {
    const Predictor predictor(path_);
    const auto rows = predictor.embed(0, sequences({{1, 2, 3, 4}, {1, 2, 3, 4, 5, 6}, {}, {0}}));
    EXPECT_THAT(rows[0], ElementsAreArray(rows[1]));
    EXPECT_THAT(rows[2], ElementsAreArray(rows[3]));
    const auto limited = predictor.embed(0, sequences({{1, 2, 3, 4}, {1, 2}}), Predictor::MaxLengths{2, 4});
    EXPECT_THAT(limited[0], ElementsAreArray(limited[1]));
}

TEST_F(SavedModel, NamesIdsThatAreNoTokens) {
    const Predictor predictor(path_);
    try {
        predictor.scores(sequences({{1}, {1, 2}}), sequences({{1}, {3, 20}}));
        FAIL() << "id 20 was taken";
    } catch (const InputError& error) {
        EXPECT_STREQ(error.what(), "pair 1: in1[1] = 20: must be from 0 to 19, below enc1_vocab_size");
    }
    EXPECT_THROW(predictor.embed(0, sequences({{-1}})), InputError);
}

TEST_F(SavedModel, DamageIsAStorageErrorThatNamesTheFile) {
    const auto message = [&] {
        try {
            const Predictor predictor(path_);
        } catch (const StorageError& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    EXPECT_EQ(message(), "");
    const std::string config = folder_.read("model/config.json");
    folder_.write("model/config.json", "{");
    EXPECT_THAT(message(), HasSubstr("config.json: damaged"));
    std::string other = config;
    other.replace(other.find("\"enc_dim\": 8"), 12, "\"enc_dim\": 9");
    folder_.write("model/config.json", other);
    EXPECT_THAT(message(), HasSubstr("weights.safetensors: does not fit config.json"));
    folder_.write("model/config.json", config);
    std::filesystem::remove(folder_.file("model/weights.safetensors"));
    EXPECT_THAT(message(), HasSubstr("weights.safetensors: cannot open"));
    path_ += "-missing";
    EXPECT_THAT(message(), HasSubstr("is no folder"));
}

TEST_F(SavedModel, ADeviceThatIsNotThereIsRefused) {
    EXPECT_THROW(Predictor(path_, "cuda:99"), InputError);
    EXPECT_THROW(Predictor(path_, "abacus"), InputError);
}

TEST_F(SavedModel, ANewModelTakesTheOldOnesPlace) {
    const auto model = load_model(path_);
    save_model(path_, model->options(), parameters_of(*model), {}, 4, {});
    EXPECT_TRUE(Predictor(path_).labels().empty());
    EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp"));
}

}  // namespace
}  // namespace o2v::model
