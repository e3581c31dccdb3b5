// Pretrained vectors find their rows, and stay as they are where they are frozen.
#include "model/pretrained.hpp"

#include <gtest/gtest.h>

#include "model/training.hpp"
#include "search/study/errors.hpp"
#include "temporary_folder.hpp"

namespace o2v::model {
namespace {

Options options_of(bool freeze) {
    Options options;
    options.enc_dim = 4;
    for (EncoderOptions& enc : options.enc) {
        enc.network = Network::hcnn;
        enc.layers = 2;
        enc.token_embedding_dim = 3;
        enc.max_seq_len = 4;
        enc.vocab_size = 5;
    }
    options.enc[0].pretrained_embedding_file = "vectors.txt";
    options.enc[0].vocab_file = "words.json";
    options.enc[0].freeze_pretrained_embedding = freeze;
    options.mlp_dim = 4;
    options.mini_batch_size = 2;
    return options;
}

std::shared_ptr<data::Dataset> pairs() {
    data::Pairs rows;
    for (data::Sequences& side : rows.side) {
        side.tokens = {1, 2, 3, 4, 2, 1};
        side.offsets = {0, 2, 4, 6};
    }
    rows.labels = {0, 1, 1};
    return std::make_shared<data::Dataset>(std::move(rows));
}

TEST(Pretrained, VectorsAreTheTablesRows) {
    const TemporaryFolder folder;
    folder.write("words.json", R"({"<pad>": 0, "dog": 2, "cat": 3})");
    folder.write("vectors.txt", "cat 1 2 3\nemu 9 9 9\ndog 4 5 6\n<pad> 7 7 7\n");
    const std::string auxiliary = folder.file("");
    for (const bool freeze : {true, false}) {
        Trainer trainer(options_of(freeze), 3, torch::kCPU, pairs(), auxiliary);
        const torch::Tensor& weight = trainer.model().table(0).weight;
        EXPECT_TRUE(torch::equal(weight[2], torch::tensor({4.0f, 5.0f, 6.0f})));
        EXPECT_TRUE(torch::equal(weight[3], torch::tensor({1.0f, 2.0f, 3.0f})));
        EXPECT_TRUE(torch::equal(weight[0], torch::zeros({3})));
        const torch::Tensor before = weight.clone(), other = trainer.model().table(1).weight.clone();
        trainer.train_epoch();
        EXPECT_EQ(torch::equal(weight, before), freeze);
        EXPECT_FALSE(torch::equal(trainer.model().table(1).weight, other));
        EXPECT_EQ(weight[0].abs().max().item<float>(), 0);
    }
}

TEST(Pretrained, NeedsTheAuxiliaryFolder) {
    EXPECT_THROW(Trainer(options_of(true), 3, torch::kCPU, pairs()), InputError);
    EXPECT_THROW(Trainer(options_of(true), 3, torch::kCPU, pairs(), "/nonexistent"), StorageError);
}

}  // namespace
}  // namespace o2v::model
