#include "search/mixed_search.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/search/sampled_study.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;

// On a log scale the upper integers have small shares: the best of 16^3, about (13, 13, 13), is not among the
// points looked at before the climb.
TEST(MixedSearch, NoOtherValueOfOneIntegerIsBetter) {
    const IntDomain domain{1, 16, Scale::log};
    const auto loss_of = [](const Assignment& params) {
        double sum = 0;
        for (const auto& [name, value] : params) sum += std::pow(std::log(to_number(value) / 13), 2);
        return sum;
    };
    const Study study = sampled_study(
        spec_of(SearchSpace({{"a", domain, {}}, {"b", domain, {}}, {"c", domain, {}}})), 60, 1, loss_of);
    const GpInputs inputs(study.spec().space);
    Eigen::MatrixXd X(3, 60);
    Eigen::VectorXd y(60);
    for (Eigen::Index i = 0; i < y.size(); ++i) {
        const Assignment& params = study.trial(i).params;
        X.col(i) = inputs(params);
        y[i] = loss_of(params);
    }
    y.array() -= y.mean();
    y /= std::sqrt(y.squaredNorm() / 60);
    const InputLayout& layout = inputs.layout();
    const GaussianProcess process(layout, Hyperparameters::typical(layout), X, y);
    const Acquisition acquisition{process, y.minCoeff(), {}};
    Rng rng(1);
    const auto best = maximize(acquisition, inputs, study, {}, Eigen::MatrixXd(), rng);
    ASSERT_TRUE(best);
    const auto score = [&](const Assignment& params) { return acquisition(inputs(params))[0]; };
    for (const auto& [name, own] : *best)
        for (std::int64_t value = 1; value <= 16; ++value) {
            Assignment changed = *best;
            changed[name] = value;
            if (!study.tried(changed)) {
                EXPECT_LE(score(changed), score(*best) + 1e-6) << to_text(changed);
            }
        }
}

}  // namespace
}  // namespace o2v::search
