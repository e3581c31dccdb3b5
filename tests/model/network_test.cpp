// Sizes as in Amazon's logs, and outputs that do not depend on padding or company.
#include <gtest/gtest.h>

#include "model/hyperparameters/hyperparameters.hpp"
#include "model/initializers.hpp"
#include "model/training.hpp"
#include "tests/model/values.hpp"

namespace o2v::model {
namespace {

// Without the token tables, which the logs count as 0.
std::int64_t parameter_count(const Assignment& hyperparameters) {
    const Object2Vec model(resolve(hyperparameters));
    std::int64_t count = 0;
    for (const auto& [name, tensor] : parameters_of(model))
        if (!name.starts_with("embed_")) count += tensor.numel();
    return count;
}

// The four printed by the logged runs (MovieLens regression and classification, Wikipedia, SNLI quick).
TEST(Object2VecNetwork, HasTheParameterCountsOfTheLoggedRuns) {
    Assignment movielens{{"enc0_network", text("pooled_embedding")},
                         {"enc0_vocab_size", whole(944)},
                         {"enc0_max_seq_len", whole(1)},
                         {"enc1_vocab_size", whole(1684)},
                         {"enc_dim", whole(1024)},
                         {"mlp_layers", whole(1)},
                         {"mlp_dim", whole(256)},
                         {"output_layer", text("mean_squared_error")}};
    EXPECT_EQ(parameter_count(movielens), 1'049'089);
    movielens["enc_dim"] = whole(2048);
    movielens["mlp_dim"] = whole(1024);
    movielens["output_layer"] = text("softmax");
    EXPECT_EQ(parameter_count(movielens), 8'391'682);
    EXPECT_EQ(parameter_count({{"enc0_network", text("pooled_embedding")},
                               {"enc0_vocab_size", whole(1000)},
                               {"enc0_max_seq_len", whole(50)},
                               {"enc_dim", whole(300)},
                               {"comparator_list", text("hadamard")},
                               {"tied_token_embedding_weight", text("true")}}),
              417'794);
    EXPECT_EQ(parameter_count({{"enc0_vocab_size", whole(1000)},
                               {"enc0_max_seq_len", whole(82)},
                               {"enc_dim", whole(16)},
                               {"num_classes", whole(3)}}),
              304'995);
}

TEST(Object2VecNetwork, ComparesInTheListsOrder) {
    const auto u = torch::tensor({{1.0F, 2.0F}}), v = torch::tensor({{3.0F, -1.0F}});
    EXPECT_TRUE(torch::equal(
        compare(u, v, {Comparator::abs_diff, Comparator::concat, Comparator::hadamard}, Path::kernels),
        torch::tensor({{2.0F, 3.0F, 1.0F, 2.0F, 3.0F, -1.0F, 3.0F, -2.0F}})));
    EXPECT_EQ(compared_dim(2, {Comparator::concat}), 4);
}

data::Sequences sequences(const std::vector<std::vector<std::int32_t>>& lists) {
    data::Sequences s;
    for (const auto& list : lists) {
        s.tokens.insert(s.tokens.end(), list.begin(), list.end());
        s.offsets.push_back(static_cast<std::int64_t>(s.tokens.size()));
    }
    return s;
}

class EncoderTest : public testing::TestWithParam<const char*> {};

TEST_P(EncoderTest, GivesASequenceTheSameWhateverIsBesideIt) {
    const Options options = resolve({{"enc0_network", text(GetParam())},
                                     {"enc0_vocab_size", whole(30)},
                                     {"enc0_max_seq_len", whole(12)},
                                     {"enc0_cnn_filter_width", whole(4)},
                                     {"enc_dim", whole(15)}});
    const auto data = std::make_shared<data::Dataset>(data::Pairs{{sequences({{1}}), sequences({{1}})}, {0}});
    Trainer trainer(options, 5, torch::kCPU, data);
    Object2Vec& model = trainer.model();
    model.eval();
    const torch::NoGradGuard no_grad;
    const auto alone = model.embed(0, sequences({{3, 4, 5}}));
    const auto company =
        model.embed(0, sequences({{7}, {3, 4, 5}, {9, 8, 7, 6, 5, 4, 3, 2, 1, 2, 3, 4}, {0, 0}}));
    EXPECT_EQ(alone.size(1), 15);
    EXPECT_TRUE(torch::allclose(alone[0], company[1], 1e-5, 1e-6));
    EXPECT_TRUE(torch::isfinite(company).all().item<bool>()) << "padding alone gives no NaN";
    EXPECT_TRUE(torch::allclose(model.embed(0, sequences({{3, 4, 5, 0, 0}}))[0], alone[0], 1e-5, 1e-6))
        << "id 0 counts for nothing";
    EXPECT_FALSE(torch::allclose(alone[0], company[0]));
}

INSTANTIATE_TEST_SUITE_P(Every, EncoderTest, testing::Values("pooled_embedding", "hcnn", "bilstm"),
                         [](const auto& network) { return std::string(network.param); });

}  // namespace
}  // namespace o2v::model
