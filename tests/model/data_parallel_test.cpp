#include "model/data_parallel.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>

#include "model/training.hpp"
#include "search/study/assignment.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {
namespace {

struct Case {
    std::string name;
    Network network;
    EmbeddingStorage storage;
    Optimizer optimizer;
    double weight_decay;
    bool tied;
    std::int64_t negatives;
};

// Seed 11; 150 pairs, so that the last batch of 16 is of 6 and one rank's share of it of 3.
std::shared_ptr<const data::Dataset> pairs() {
    Rng rng(11);
    data::Pairs rows;
    for (int pair = 0; pair < 150; ++pair) {
        for (data::Sequences& side : rows.side) {
            const std::uint64_t length = 1 + uniform_index(rng, 6);
            for (std::uint64_t k = 0; k < length; ++k) {
                side.tokens.push_back(static_cast<std::int32_t>(uniform_index(rng, 60)));
            }
            side.offsets.push_back(static_cast<std::int64_t>(side.tokens.size()));
        }
        rows.labels.push_back(static_cast<float>(uniform_index(rng, 2)));
    }
    return std::make_shared<const data::Dataset>(std::move(rows));
}

Options options_of(const Case& c) {
    Options options;
    options.enc_dim = 12;
    for (EncoderOptions& enc : options.enc) {
        enc.network = c.network;
        enc.layers = c.network == Network::hcnn ? 2 : 1;
        enc.token_embedding_dim = 12;
        enc.max_seq_len = 6;
        enc.vocab_size = 60;
    }
    options.tied_token_embedding_weight = c.tied;
    options.mlp_layers = 1;
    options.mlp_dim = 9;
    options.mlp_activation = Activation::tanh;
    options.optimizer = c.optimizer;
    options.learning_rate = 0.01;
    options.weight_decay = c.weight_decay;
    options.token_embedding_storage = c.storage;
    options.mini_batch_size = 16;
    options.negative_sampling_rate = c.negatives;
    return options;
}

std::vector<torch::Device> cpus(std::size_t n) {
    return std::vector<torch::Device>(n, torch::kCPU);
}

#ifdef O2V_WITH_GLOO

class DataParallel : public testing::TestWithParam<Case> {};

TEST_P(DataParallel, RanksReproduceOneRanksLosses) {
    const Options options = options_of(GetParam());
    Trainer alone(options, 3, cpus(1), pairs());
    Trainer two(options, 3, cpus(2), pairs()), three(options, 3, cpus(3), pairs());
    for (int epoch = 0; epoch < 3; ++epoch) {
        const EpochResult expected = alone.train_epoch().value();
        for (Trainer* ranks : {&two, &three}) {
            const EpochResult result = ranks->train_epoch().value();
            const double loss = expected.metrics.at("train:cross_entropy");
            EXPECT_NEAR(result.metrics.at("train:cross_entropy"), loss, 1e-5 * loss) << epoch;
            EXPECT_EQ(result.pairs, expected.pairs);
        }
    }
}

constexpr auto kDense = EmbeddingStorage::dense;
constexpr auto kSparse = EmbeddingStorage::row_sparse;

INSTANTIATE_TEST_SUITE_P(
    All, DataParallel,
    testing::Values(
        Case{"pooled_sparse_adam", Network::pooled_embedding, kSparse, Optimizer::adam, 0, false, 0},
        Case{"pooled_dense_adam_tied", Network::pooled_embedding, kDense, Optimizer::adam, 0, true, 2},
        Case{"pooled_dense_decay", Network::pooled_embedding, kDense, Optimizer::rmsprop, 0.01, false, 0},
        Case{"hcnn_sparse_sgd", Network::hcnn, kSparse, Optimizer::sgd, 0, false, 0},
        Case{"bilstm_sparse_adagrad", Network::bilstm, kSparse, Optimizer::adagrad, 0, true, 0}),
    [](const auto& c) { return c.param.name; });

TEST(DataParallelTraining, IsRepeatableAndStops) {
    const Options options =
        options_of({"", Network::pooled_embedding, kSparse, Optimizer::adam, 0, false, 0});
    Trainer one(options, 3, cpus(2), pairs()), other(options, 3, cpus(2), pairs());
    one.train_epoch();
    other.train_epoch();
    for (const auto& [name, tensor] : parameters_of(one.model())) {
        EXPECT_TRUE(torch::equal(tensor, parameters_of(other.model()).at(name))) << name;
    }
    int asked = 0;
    EXPECT_FALSE(one.train_epoch([&] { return ++asked == 3; }).has_value());
}

#else

TEST(DataParallelTraining, IsRefusedWithoutGloo) {
    const Options options = options_of(
        {"", Network::pooled_embedding, EmbeddingStorage::row_sparse, Optimizer::adam, 0, false, 0});
    EXPECT_THROW(Trainer(options, 3, cpus(2), pairs()), InputError);
}

#endif

TEST(RunRanks, ThrowsWhatARankThrew) {
    std::atomic<int> ran{0};
    const auto run = [&](int rank) {
        ++ran;
        if (rank == 2) throw std::runtime_error("rank 2");
    };
    EXPECT_THROW(run_ranks(3, run), std::runtime_error);
    EXPECT_EQ(ran, 3);
}

TEST(ShareOf, DealsEveryRowOnce) {
    data::Batch batch, share;
    for (int row = 0; row < 7; ++row) {
        for (data::Sequences& side : batch.side) {
            side.tokens.push_back(row + 1);
            side.offsets.push_back(row + 1);
        }
        batch.labels.push_back(static_cast<float>(row));
    }
    std::vector<float> seen;
    for (int rank = 0; rank < 3; ++rank) {
        share_of(batch, rank, 3, share);
        EXPECT_GE(share.size(), 2);
        EXPECT_EQ(share.side[0].tokens.size(), share.labels.size());
        seen.insert(seen.end(), share.labels.begin(), share.labels.end());
    }
    EXPECT_EQ(seen, batch.labels);
}

}  // namespace
}  // namespace o2v::model
