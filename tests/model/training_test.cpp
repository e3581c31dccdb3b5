// A training repeats itself and goes on where it was interrupted; its files hold or are refused.
#include "model/training.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "gpu.hpp"
#include "model/data/durable_file.hpp"
#include "model/hyperparameters/hyperparameters.hpp"
#include "search/study/errors.hpp"

namespace o2v::model {
namespace {

Options options_for(const char* network, double dropout, const char* storage = "dense") {
    return resolve({{"enc0_network", std::string(network)},
                    {"enc0_vocab_size", std::int64_t{40}},
                    {"enc0_max_seq_len", std::int64_t{6}},
                    {"enc0_token_embedding_dim", std::int64_t{8}},
                    {"enc_dim", std::int64_t{13}},
                    {"mlp_dim", std::int64_t{32}},
                    {"mlp_activation", std::string("relu")},
                    {"mini_batch_size", std::int64_t{8}},
                    {"learning_rate", 0.01},
                    {"dropout", dropout},
                    {"token_embedding_storage_type", std::string(storage)}});
}

// 64 pairs with a label that follows from nothing but the pair itself.
std::shared_ptr<const data::Dataset> pairs() {
    data::Pairs rows;
    Rng rng(11);
    for (int i = 0; i < 64; ++i) {
        for (data::Sequences& side : rows.side) {
            for (std::uint64_t k = 0; k <= uniform_index(rng, 5); ++k)
                side.tokens.push_back(static_cast<std::int32_t>(1 + uniform_index(rng, 39)));
            side.offsets.push_back(static_cast<std::int64_t>(side.tokens.size()));
        }
        rows.labels.push_back(static_cast<float>(uniform_index(rng, 2)));
    }
    return std::make_shared<const data::Dataset>(std::move(rows));
}

Tensors weights(const Trainer& trainer) {
    TrainingState state;
    trainer.save(state, true);
    return state.parameters;
}

void expect_equal(const Tensors& a, const Tensors& b) {
    ASSERT_EQ(a.size(), b.size());
    for (const auto& [name, tensor] : a) EXPECT_TRUE(torch::equal(tensor, b.at(name))) << name;
}

class TrainingTest : public testing::TestWithParam<const char*> {};

TEST_P(TrainingTest, IsRepeatableAndResumesBitForBit) {
    const std::string path =
        std::filesystem::temp_directory_path() / ("o2v-checkpoint-" + std::to_string(getpid()));
    for (const char* storage : {"dense", "row_sparse"}) {
        const Options options = options_for(GetParam(), 0.3, storage);
        Trainer whole(options, 3, torch::kCPU, pairs()), first(options, 3, torch::kCPU, pairs()),
            second(options, 3, torch::kCPU, pairs());
        for (int epoch = 0; epoch < 4; ++epoch) whole.train_epoch();
        for (int epoch = 0; epoch < 2; ++epoch) first.train_epoch();
        TrainingState state;
        state.hyperparameters = to_assignment(options);
        first.save(state, true);
        const std::int64_t done = state.epochs_done;
        state.epochs_done = 1;
        write_checkpoint(path, state);
        state.epochs_done = done;
        write_checkpoint(path, state);
        second.load(read_checkpoint(path));
        EXPECT_EQ(second.epochs_done(), 2);
        for (int epoch = 0; epoch < 2; ++epoch) second.train_epoch();
        expect_equal(weights(second), weights(whole));
    }
    EXPECT_EQ(read_checkpoint(data::previous_of(path)).epochs_done, 1);
    // One flipped byte, or a missing end, and the file is refused.
    const auto size = std::filesystem::file_size(path);
    {
        std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
        file.seekg(static_cast<std::streamoff>(size) - 5);
        const char byte = static_cast<char>(file.get() ^ 1);
        file.seekp(static_cast<std::streamoff>(size) - 5);
        file.put(byte);
    }
    EXPECT_THROW(read_checkpoint(path), StorageError);
    std::filesystem::resize_file(path, size / 2);
    EXPECT_THROW(read_checkpoint(path), StorageError);
    std::filesystem::remove(path);
    std::filesystem::remove(data::previous_of(path));
}

class TrainingOnAGpu : public OnAGpu, public testing::WithParamInterface<const char*> {};

TEST_P(TrainingOnAGpu, IsRepeatableAndResumesBitForBit) {
    for (const char* storage : {"dense", "row_sparse"}) {
        const Options options = options_for(GetParam(), 0.3, storage);
        Trainer whole(options, 3, kGpu, pairs()), again(options, 3, kGpu, pairs()),
            second(options, 3, kGpu, pairs());
        for (int epoch = 0; epoch < 4; ++epoch) whole.train_epoch();
        TrainingState state;
        for (int epoch = 0; epoch < 4; ++epoch) {
            if (epoch == 2) again.save(state, true);
            again.train_epoch();
        }
        expect_equal(weights(again), weights(whole));
        second.load(state);
        for (int epoch = 0; epoch < 2; ++epoch) second.train_epoch();
        expect_equal(weights(second), weights(whole));
    }
}

// Without dropout, whose masks are others on a GPU. The same batches in the same order: rounding alone
// differs.
TEST_P(TrainingOnAGpu, HasTheCpusLosses) {
    for (const char* optimizer : {"adam", "adagrad", "rmsprop", "adadelta", "sgd"}) {
        for (const char* storage : {"dense", "row_sparse"}) {
            Assignment assignment = to_assignment(options_for(GetParam(), 0, storage));
            assignment["optimizer"] = std::string(optimizer);
            Options options;
            try {
                options = resolve(assignment);
            } catch (const InputError&) {
                continue;  // row_sparse goes with three of them
            }
            Trainer on_cpu(options, 3, torch::kCPU, pairs()), on_gpu(options, 3, kGpu, pairs());
            for (int epoch = 0; epoch < 3; ++epoch) {
                const Metrics expected = on_cpu.train_epoch()->metrics, found = on_gpu.train_epoch()->metrics;
                ASSERT_EQ(expected.size(), found.size());
                for (const auto& [name, value] : expected)
                    EXPECT_NEAR(found.at(name), value, 2e-4 * std::abs(value))
                        << optimizer << ' ' << storage << ' ' << name;
            }
        }
    }
}

// In the first epoch; later ones fall so steeply that a step's delay shows more than the precision.
TEST_P(TrainingOnAGpu, InBfloat16ComesNearFloat32) {
    Assignment assignment = to_assignment(options_for(GetParam(), 0));
    const Options exact = resolve(assignment);
    assignment["precision"] = std::string("bfloat16");
    Trainer trainer(resolve(assignment), 3, kGpu, pairs()), reference(exact, 3, kGpu, pairs());
    const char* const loss = "train:cross_entropy";
    const double first = trainer.train_epoch()->metrics.at(loss),
                 expected = reference.train_epoch()->metrics.at(loss);
    EXPECT_NE(first, expected);
    EXPECT_NEAR(first, expected, 0.05 * expected);
    double last = first;
    for (int epoch = 1; epoch < 8; ++epoch) last = trainer.train_epoch()->metrics.at(loss);
    EXPECT_LT(last, first);
}

INSTANTIATE_TEST_SUITE_P(Every, TrainingTest, testing::Values("pooled_embedding", "hcnn", "bilstm"),
                         [](const auto& network) { return std::string(network.param); });
INSTANTIATE_TEST_SUITE_P(Every, TrainingOnAGpu, testing::Values("pooled_embedding", "hcnn", "bilstm"),
                         [](const auto& network) { return std::string(network.param); });

}  // namespace
}  // namespace o2v::model
