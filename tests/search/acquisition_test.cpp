#include "search/acquisition.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "search/normal.hpp"
#include "tests/search/random_process.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Central differences with a step of 1e-6.
void expect_local_is_the_score_and_its_slope(const Acquisition& acquisition, const MatrixXd& points) {
    const VectorXd scores = acquisition(points);
    for (Index i = 0; i < points.cols(); ++i) {
        VectorXd gradient, unused;
        const double score = acquisition.local(points.col(i), gradient);
        EXPECT_NEAR(score, scores[i], 1e-8 * (1 + std::abs(score)));
        for (Index c = 0; c < points.rows(); ++c) {
            VectorXd up = points.col(i), down = up;
            up[c] += 1e-6;
            down[c] -= 1e-6;
            const double slope = (acquisition.local(up, unused) - acquisition.local(down, unused)) / 2e-6;
            EXPECT_NEAR(gradient[c], slope, 1e-4 * (1 + std::abs(slope))) << c;
        }
    }
}

// An ordinary incumbent, and one so low that the improvement itself would underflow.
class AcquisitionTest : public ::testing::TestWithParam<double> {};
INSTANTIATE_TEST_SUITE_P(Incumbents, AcquisitionTest, ::testing::Values(-0.5, -60));

TEST_P(AcquisitionTest, LocalIsTheScoreAndItsSlope) {
    const GaussianProcess loss = random_process(15, 1);
    for (const bool constrained : {false, true}) {
        Acquisition acquisition{loss, GetParam(), {}};
        if (constrained) acquisition.constraints = {random_process(12, 2), random_process(8, 3)};
        Rng rng(4);
        SCOPED_TRACE(constrained);
        expect_local_is_the_score_and_its_slope(acquisition, mixed_points(10, rng));
    }
}

// Where the density of the standard normal distribution would underflow.
TEST(Acquisition, AConstraintThatIsFarFromMetHasASlope) {
    const GaussianProcess loss = random_process(15, 1);
    Rng rng(6);
    const MatrixXd X = mixed_points(12, rng);
    VectorXd beyond = random_vector(12, rng);
    beyond.array() += 60;
    const GaussianProcess g(mixed_layout(), odd_hyperparameters(), X, beyond);
    expect_local_is_the_score_and_its_slope(Acquisition{loss, -0.5, {g}}, mixed_points(5, rng));
}

TEST(Acquisition, IsTheLogarithmOfImprovementTimesProbabilities) {
    const GaussianProcess loss = random_process(15, 1), g = random_process(12, 2);
    Rng rng(5);
    const MatrixXd points = mixed_points(10, rng);
    const auto at = loss.predict(points), beyond = g.predict(points);
    const VectorXd scores = Acquisition{loss, 0, {g}}(points);
    for (Index i = 0; i < points.cols(); ++i) {
        const double z = -at.mean[i] / at.deviation[i];
        const double improvement = at.deviation[i] * (normal_density(z) + z * normal_probability(z));
        const double met = normal_probability(-beyond.mean[i] / beyond.deviation[i]);
        EXPECT_NEAR(std::exp(scores[i]), improvement * met, 1e-12 + 1e-9 * improvement);
    }
}

}  // namespace
}  // namespace o2v::search
