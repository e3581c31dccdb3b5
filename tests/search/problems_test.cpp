#include "search/problems/problems.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "search/study/errors.hpp"

namespace o2v::problems {
namespace {

Assignment at(const std::vector<double>& x) {
    Assignment params;
    for (std::size_t i = 0; i < x.size(); ++i) params["x" + std::to_string(i)] = x[i];
    return params;
}

Assignment best_model() {
    return {{"enc0_network", "hcnn"},         {"enc0_cnn_filter_width", std::int64_t{3}},
            {"enc0_layers", std::int64_t{2}}, {"enc_dim", std::int64_t{512}},
            {"mlp_dim", std::int64_t{256}},   {"mlp_layers", std::int64_t{2}},
            {"mlp_activation", "relu"},       {"optimizer", "adam"},
            {"learning_rate", 1e-3},          {"dropout", 0.2}};
}

struct Minimum {
    const char* problem;
    Assignment at;
};

TEST(Problems, HaveTheirOptimumWhereTheLiteratureSays) {
    constexpr double pi = std::numbers::pi;
    const std::vector<Minimum> minima{
        {"branin", at({-pi, 12.275})},
        {"branin", at({pi, 2.275})},
        {"branin", at({3 * pi, 2.475})},
        {"hartmann6", at({0.20168952, 0.15001069, 0.47687398, 0.27533243, 0.31165162, 0.65730054})},
        {"ackley", at({0, 0, 0, 0, 0})},
        {"object2vec_like", best_model()},
    };
    for (const Minimum& minimum : minima) {
        const ProblemInfo* info = find_problem(minimum.problem);
        ASSERT_NE(info, nullptr);
        EXPECT_TRUE(info->space.contains(minimum.at)) << minimum.problem;
        EXPECT_NEAR(evaluate(minimum.problem, minimum.at), info->optimum, 1e-6) << minimum.problem;
    }
    EXPECT_NEAR(find_problem("branin")->optimum, 0.397887, 1e-6);
    EXPECT_NEAR(find_problem("hartmann6")->optimum, -3.32237, 1e-5);
}

// Seed 5; no value below the optimum exists, so there are no false alarms.
TEST(Problems, NoValueIsBelowTheOptimumAndEveryAssignmentHasOne) {
    for (const ProblemInfo& info : problems()) {
        Rng rng(5);
        std::vector<double> unit(info.space.size());
        for (int i = 0; i < 3000; ++i) {
            for (double& u : unit) u = uniform01(rng);
            const double value = evaluate(info.name, info.space.decode(unit));
            ASSERT_TRUE(std::isfinite(value)) << info.name;
            ASSERT_GE(value, info.optimum - 1e-9) << info.name;
        }
        EXPECT_EQ(info.goal, (Goal{"validation:loss", Direction::minimize})) << info.name;
        EXPECT_FALSE(info.summary.empty()) << info.name;
    }
}

TEST(Problems, AckleyTakesAnyNumberOfDimensions) {
    EXPECT_NEAR(evaluate("ackley", at({0})), 0, 1e-12);
    EXPECT_NEAR(evaluate("ackley", at({0, 0, 0, 0, 0, 0, 0, 0})), 0, 1e-12);
    // 20 + e - 20 exp(-0.2) - e: the cosines are 1 at whole coordinates.
    EXPECT_NEAR(evaluate("ackley", at({1, 1, 1})), 20 - 20 * std::exp(-0.2), 1e-12);
}

TEST(Problems, IgnoreWhatTheyDoNotKnowAndTakeIntegersForNumbers) {
    Assignment params = at({1, 2});
    const double value = evaluate("branin", params);
    params["epochs"] = std::int64_t{10};
    params["x1"] = std::int64_t{2};
    EXPECT_EQ(evaluate("branin", params), value);
}

std::string complaint(const std::string& problem, const Assignment& params) {
    try {
        evaluate(problem, params);
    } catch (const InputError& e) {
        return e.what();
    }
    return "none";
}

TEST(Problems, NameTheParameterThatIsMissingOrWrong) {
    EXPECT_EQ(complaint("branin", at({1})), "x1: is missing; the problem needs it");
    EXPECT_EQ(complaint("ackley", {}), "x0: is missing; the problem needs it");
    EXPECT_EQ(complaint("branin", {{"x0", "far"}, {"x1", 0.0}}), "x0 = far: must be a number");
    Assignment model = best_model();
    model["optimizer"] = "adm";
    EXPECT_EQ(complaint("object2vec_like", model),
              "optimizer = adm: must be one of adam, rmsprop, adagrad, sgd, adadelta");
    model = best_model();
    model["learning_rate"] = 0.0;
    EXPECT_EQ(complaint("object2vec_like", model), "learning_rate = 0: must be greater than 0");
    model = best_model();
    model.erase("enc0_cnn_filter_width");
    EXPECT_EQ(complaint("object2vec_like", model), "enc0_cnn_filter_width: is missing; the problem needs it");
    model["enc0_network"] = "bilstm";
    EXPECT_EQ(complaint("object2vec_like", model), "none") << "only hcnn has a filter width";
    EXPECT_EQ(complaint("brannin", {}),
              "problem = \"brannin\": is not a problem; did you mean \"branin\"? (there are: branin, "
              "hartmann6, ackley, "
              "object2vec_like)");
    EXPECT_EQ(find_problem("brannin"), nullptr);
}

TEST(LearningCurves, FallToTheValueAndAreTheSeeds) {
    const Assignment params = best_model();
    const double last = evaluate("object2vec_like", params);
    EXPECT_EQ(learning_curve("object2vec_like", params, 1, 9, 10), last);
    EXPECT_EQ(learning_curve("object2vec_like", params, 1, 0, 1), last);
    EXPECT_EQ(learning_curve("object2vec_like", params, 1, 3, 10),
              learning_curve("object2vec_like", params, 1, 3, 10));
    EXPECT_NE(learning_curve("object2vec_like", params, 1, 3, 10),
              learning_curve("object2vec_like", params, 2, 3, 10));
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
        const double first = learning_curve("object2vec_like", params, seed, 0, 10);
        const double middle = learning_curve("object2vec_like", params, seed, 4, 10);
        EXPECT_GT(first, middle);
        EXPECT_GT(middle, last - 0.4 * 0.05);
        EXPECT_LT(first, last + 0.4 * 1.05);
    }
}

}  // namespace
}  // namespace o2v::problems
