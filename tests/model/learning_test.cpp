// It learns: sixty-four pairs by heart, and structure that was planted in the data. Every training is
// bit-deterministic in the seeds written here, so a test that passes on a machine passes there always.
// Another machine rounds otherwise, which is as another seed: of 20 pairs of seeds none failed any test of
// this file, and the worst of them is said beside each bound.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "model/hyperparameters/hyperparameters.hpp"
#include "model/inference.hpp"
#include "model/training.hpp"
#include "search/study/assignment.hpp"

namespace o2v::model {
namespace {

using Ids = std::vector<std::int32_t>;

void append(data::Pairs& dataset, const Ids& in0, const Ids& in1, double label) {
    for (const auto& [side, ids] : {std::pair{0, &in0}, std::pair{1, &in1}}) {
        data::Sequences& sequences = dataset.side[side];
        sequences.tokens.insert(sequences.tokens.end(), ids->begin(), ids->end());
        sequences.offsets.push_back(static_cast<std::int64_t>(sequences.tokens.size()));
    }
    dataset.labels.push_back(static_cast<float>(label));
}

// Uniform in [-1, 1).
double uniform(Rng& rng) {
    return static_cast<double>(uniform_index(rng, std::uint64_t{1} << 53)) * 0x1.0p-52 - 1;
}

// The hyperparameters common to this file, `given` before them.
Options options_of(Assignment given) {
    given.merge(Assignment{{"enc0_max_seq_len", std::int64_t{6}},
                           {"enc0_token_embedding_dim", std::int64_t{8}},
                           {"mlp_dim", std::int64_t{32}},
                           {"mlp_activation", std::string("relu")},
                           {"mini_batch_size", std::int64_t{8}},
                           {"learning_rate", 0.01}});
    return resolve(given);
}

// ---- by heart

class Overfitting : public testing::TestWithParam<std::tuple<const char*, const char*>> {};

// 64 pairs of random tokens, with a label that follows from nothing but the pair itself.
TEST_P(Overfitting, ReachesNoLossOnSixtyFourPairs) {
    const auto& [network, output_layer] = GetParam();
    const bool classes = std::string(output_layer) == "softmax";
    const auto dataset = std::make_shared<data::Pairs>();
    Rng rng(11);
    for (int i = 0; i < 64; ++i) {
        Ids sides[2];
        for (Ids& ids : sides) {
            ids.resize(1 + uniform_index(rng, 5));
            for (std::int32_t& id : ids) id = static_cast<std::int32_t>(1 + uniform_index(rng, 39));
        }
        append(*dataset, sides[0], sides[1],
               classes ? static_cast<double>(uniform_index(rng, 3)) : 2 * uniform(rng));
    }
    Trainer trainer(options_of({{"enc0_network", std::string(network)},
                                {"enc0_vocab_size", std::int64_t{40}},
                                {"enc_dim", std::int64_t{16}},
                                {"num_classes", std::int64_t{3}},
                                {"output_layer", std::string(output_layer)},
                                {"learning_rate", 0.005}}),
                    3, torch::kCPU, std::make_shared<const data::Dataset>(*dataset));
    constexpr double kNoLoss = 1e-3;  // reached after 13 to 142 epochs
    Metrics metrics;
    const std::string loss = classes ? "train:cross_entropy" : "train:mean_squared_error";
    int epochs = 0;
    for (double value = 1; value > kNoLoss && epochs < 300; ++epochs)
        value = (metrics = trainer.train_epoch()->metrics).at(loss);
    EXPECT_LE(metrics.at(loss), kNoLoss);
    const Metrics final = evaluate(trainer.model(), *dataset, "train");
    if (classes) {
        EXPECT_EQ(final.at("train:accuracy"), 1);
    } else {
        EXPECT_LE(final.at("train:mean_absolute_error"), 0.1);
    }
    RecordProperty("epochs", epochs);
}

INSTANTIATE_TEST_SUITE_P(Every, Overfitting,
                         testing::Combine(testing::Values("pooled_embedding", "hcnn", "bilstm"),
                                          testing::Values("softmax", "mean_squared_error")),
                         [](const auto& chosen) {
                             return std::string(std::get<0>(chosen.param)) + '_' + std::get<1>(chosen.param);
                         });

// ---- planted structure

// 48 tokens in 4 hidden clusters; a pair's label says whether its two tokens are of one cluster. From 40 % of
// the pairs, the others' labels follow, and the clusters can be read off the token table.
class Clusters : public testing::TestWithParam<const char*> {};

TEST_P(Clusters, AreFoundFromPairs) {
    constexpr std::int32_t kTokens = 48, kClusters = 4;
    // Neither neighbours nor equal remainders: the ids say nothing.
    const auto cluster_of = [](std::int32_t id) { return (id * 29 + 7) % 53 % kClusters; };
    const auto train = std::make_shared<data::Pairs>();
    data::Pairs rest;
    Rng rng(21);
    for (std::int32_t a = 1; a <= kTokens; ++a) {
        for (std::int32_t b = 1; b <= kTokens; ++b) {
            append(uniform_index(rng, 5) < 2 ? *train : rest, {a}, {b},
                   cluster_of(a) == cluster_of(b) ? 1 : 0);
        }
    }
    Trainer trainer(options_of({{"enc0_network", std::string("pooled_embedding")},
                                {"enc0_vocab_size", std::int64_t{kTokens + 1}},
                                {"enc_dim", std::int64_t{8}},
                                {"tied_token_embedding_weight", std::string("true")},
                                {"token_embedding_storage_type", std::string(GetParam())},
                                {"comparator_list", std::string("hadamard, abs_diff")},
                                {"mlp_layers", std::int64_t{1}},
                                {"mini_batch_size", std::int64_t{16}}}),
                    4, torch::kCPU, std::make_shared<const data::Dataset>(*train));
    for (int epoch = 0; epoch < 20; ++epoch) trainer.train_epoch();

    const double accuracy = evaluate(trainer.model(), rest, "rest").at("rest:accuracy");
    EXPECT_GE(accuracy, 0.97);  // worst 0.995; 0.75 by answering "no"

    data::Pairs tokens;
    for (std::int32_t id = 1; id <= kTokens; ++id) append(tokens, {id}, {id}, 0);
    torch::Tensor directions = embeddings_of(trainer.model(), 0, tokens.side[0]);
    directions = directions / directions.norm(2, 1, true);
    const torch::Tensor cosines = directions.mm(directions.t());
    double within = 0, between = 0;
    int nearest_within = 0;
    std::int64_t pairs_within = 0, pairs_between = 0;
    for (std::int32_t a = 0; a < kTokens; ++a) {
        std::int32_t nearest = -1;
        double best = -2;
        for (std::int32_t b = 0; b < kTokens; ++b) {
            if (a == b) continue;
            const auto cosine = cosines[a][b].item<double>();
            const bool together = cluster_of(a + 1) == cluster_of(b + 1);
            (together ? within : between) += cosine;
            ++(together ? pairs_within : pairs_between);
            if (cosine > best) best = cosine, nearest = b;
        }
        nearest_within += cluster_of(a + 1) == cluster_of(nearest + 1) ? 1 : 0;
    }
    within /= static_cast<double>(pairs_within);
    between /= static_cast<double>(pairs_between);
    EXPECT_EQ(nearest_within, kTokens) << "tokens whose nearest one is of their cluster";
    EXPECT_GE(within, 0.6);  // worst 0.72
    EXPECT_LE(between, 0);   // worst -0.25
    RecordProperty("within", std::to_string(within));
    RecordProperty("between", std::to_string(between));
    RecordProperty("accuracy", std::to_string(accuracy));
}

INSTANTIATE_TEST_SUITE_P(Both, Clusters, testing::Values("dense", "row_sparse"),
                         [](const auto& storage) { return std::string(storage.param); });

// 40 users and 30 items with ratings of rank 2 and noise of deviation 0.3; from half of them the others are
// predicted to within little more than the noise.
TEST(LowRankRatings, AreCompleted) {
    constexpr std::int32_t kUsers = 60, kItems = 50;
    constexpr double kNoise = 0.3;
    Rng rng(31);
    double users[kUsers][2], items[kItems][2];
    for (auto& user : users)
        for (double& x : user) x = 1.5 * uniform(rng);
    for (auto& item : items)
        for (double& x : item) x = 1.5 * uniform(rng);
    const auto train = std::make_shared<data::Pairs>();
    data::Pairs rest;
    for (std::int32_t u = 0; u < kUsers; ++u) {
        for (std::int32_t i = 0; i < kItems; ++i) {
            const double noise = kNoise * std::sqrt(3) * uniform(rng);
            append(uniform_index(rng, 2) == 0 ? *train : rest, {u + 1}, {i + 1},
                   users[u][0] * items[i][0] + users[u][1] * items[i][1] + noise);
        }
    }
    Trainer trainer(options_of({{"enc0_network", std::string("pooled_embedding")},
                                {"enc0_vocab_size", std::int64_t{kUsers + 1}},
                                {"enc1_vocab_size", std::int64_t{kItems + 1}},
                                {"enc_dim", std::int64_t{4}},
                                {"comparator_list", std::string("hadamard")},
                                {"mlp_layers", std::int64_t{0}},
                                {"output_layer", std::string("mean_squared_error")},
                                {"mini_batch_size", std::int64_t{64}},
                                {"weight_decay", 0.0005}}),
                    5, torch::kCPU, std::make_shared<const data::Dataset>(*train));
    for (int epoch = 0; epoch < 12; ++epoch) trainer.train_epoch();
    const double error = evaluate(trainer.model(), rest, "rest").at("rest:mean_squared_error");
    EXPECT_LE(error, 1.5 * kNoise * kNoise);  // worst 1.29
    RecordProperty("error_over_noise", std::to_string(error / (kNoise * kNoise)));
}

// The label says whether token 1 stands before token 2, among others: a mean of vectors cannot know, both
// encoders that read order must.
class Order : public testing::TestWithParam<const char*> {};

TEST_P(Order, IsReadByTheEncodersThatSeeIt) {
    const std::string network = GetParam();
    const auto train = std::make_shared<data::Pairs>();
    data::Pairs rest;
    Rng rng(41);
    for (int i = 0; i < 600; ++i) {
        const auto noise = [&] { return static_cast<std::int32_t>(3 + uniform_index(rng, 8)); };
        const bool rising = uniform_index(rng, 2) == 0;
        Ids ids{noise(), noise(), noise(), noise(), noise()};
        const std::size_t at = uniform_index(rng, 4);
        ids[at] = rising ? 1 : 2;
        ids[at + 1] = rising ? 2 : 1;
        append(i < 400 ? *train : rest, ids, {noise()}, rising ? 1 : 0);
    }
    Trainer trainer(options_of({{"enc0_network", network},
                                {"enc0_vocab_size", std::int64_t{11}},
                                {"enc0_layers", std::int64_t{1}},
                                {"enc1_network", std::string("pooled_embedding")},
                                {"enc1_vocab_size", std::int64_t{11}},
                                {"enc1_max_seq_len", std::int64_t{1}},
                                {"enc_dim", std::int64_t{12}},
                                {"mlp_layers", std::int64_t{1}},
                                {"learning_rate", 0.02}}),
                    6, torch::kCPU, std::make_shared<const data::Dataset>(*train));
    for (int epoch = 0; epoch < 12; ++epoch) trainer.train_epoch();
    const double accuracy = evaluate(trainer.model(), rest, "rest").at("rest:accuracy");
    if (network == "pooled_embedding") {
        EXPECT_LE(accuracy, 0.7);  // 200 coin tosses: 0.585 at most
    } else {
        EXPECT_GE(accuracy, 0.97);  // worst 1
    }
    RecordProperty("accuracy", std::to_string(accuracy));
}

INSTANTIATE_TEST_SUITE_P(Every, Order, testing::Values("pooled_embedding", "hcnn", "bilstm"),
                         [](const auto& network) { return std::string(network.param); });

// ---- determinism

// The bytes of all weights after two epochs with dropout and negatives.
std::string trained_bytes(const char* network, const char* storage, std::uint64_t seed) {
    const auto dataset = std::make_shared<data::Pairs>();
    Rng rng(51);
    for (int i = 0; i < 50; ++i) {
        const auto id = [&] { return static_cast<std::int32_t>(uniform_index(rng, 20)); };
        append(*dataset, {id(), id(), id()}, {id()}, 1);
    }
    Trainer trainer(options_of({{"enc0_network", std::string(network)},
                                {"enc0_vocab_size", std::int64_t{20}},
                                {"enc_dim", std::int64_t{9}},
                                {"dropout", 0.2},
                                {"negative_sampling_rate", std::int64_t{1}},
                                {"weight_decay", 0.001},
                                {"token_embedding_storage_type", std::string(storage)}}),
                    seed, torch::kCPU, std::make_shared<const data::Dataset>(*dataset));
    for (int epoch = 0; epoch < 2; ++epoch) trainer.train_epoch();
    TrainingState state;
    trainer.save(state, /*copy=*/true);
    std::string bytes;
    for (const auto& [name, tensor] : state.parameters) {
        const torch::Tensor dense = tensor.contiguous();
        const std::size_t size = static_cast<std::size_t>(dense.numel()) * sizeof(float),
                          begin = bytes.size();
        bytes.resize(begin + size);
        std::memcpy(bytes.data() + begin, dense.data_ptr(), size);
    }
    return bytes;
}

TEST(Determinism, TheSameSeedGivesTheSameBytes) {
    for (const char* const network : {"pooled_embedding", "hcnn", "bilstm"}) {
        for (const char* const storage : {"dense", "row_sparse"}) {
            const std::string once = trained_bytes(network, storage, 7);
            EXPECT_GT(once.size(), 1000u);
            EXPECT_TRUE(once == trained_bytes(network, storage, 7)) << network << ' ' << storage;
            EXPECT_FALSE(once == trained_bytes(network, storage, 8)) << network << ' ' << storage;
        }
    }
}

}  // namespace
}  // namespace o2v::model
