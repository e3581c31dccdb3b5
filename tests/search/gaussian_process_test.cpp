#include "search/gaussian_process.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>

#include "tests/search/random_process.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// The covariance of two points of mixed_layout(), written out.
double covariance(const Hyperparameters& h, const VectorXd& x, const VectorXd& z) {
    const InputLayout layout = mixed_layout();
    double r2 = 0, trend = 0;
    Index warp = 0;
    for (Index c = 0; c < x.size(); ++c) {
        double u = x[c], v = z[c];
        const double t = 2 * u - 1, s = 2 * v - 1;
        trend += 3 * t * s;
        if (layout.warped[static_cast<std::size_t>(c)]) {
            const double a = std::exp(h.log_a[warp]), b = std::exp(h.log_b[warp]);
            ++warp;
            u = 1 - std::pow(1 - std::pow(u, a), b);
            v = 1 - std::pow(1 - std::pow(v, a), b);
            trend += 5 * (1.5 * t * t - 0.5) * (1.5 * s * s - 0.5);
        }
        const double length =
            std::exp(h.log_length[static_cast<Index>(layout.group[static_cast<std::size_t>(c)])]);
        r2 += (u - v) * (u - v) / (length * length);
    }
    const double r = std::sqrt(5 * r2);
    return std::exp(h.log_signal) * (1 + r + r * r / 3) * std::exp(-r) + std::exp(h.log_trend) * trend / 4 +
           kMeanVariance;
}

TEST(GaussianProcess, PredictsAsTheTextbookSays) {
    Rng rng(1);
    const MatrixXd X = mixed_points(15, rng), points = mixed_points(20, rng);
    const VectorXd y = random_vector(15, rng);
    const Hyperparameters h = odd_hyperparameters();
    MatrixXd K(15, 15);
    for (Index i = 0; i < 15; ++i)
        for (Index k = 0; k < 15; ++k)
            K(i, k) = covariance(h, X.col(i), X.col(k)) + (i == k) * std::exp(-4.0);
    const MatrixXd inverse = K.inverse();
    const GaussianProcess process(mixed_layout(), h, X, y);
    EXPECT_EQ(process.size(), 15U);
    const auto prediction = process.predict(points);
    for (Index m = 0; m < 20; ++m) {
        VectorXd k(15);
        for (Index i = 0; i < 15; ++i) k[i] = covariance(h, X.col(i), points.col(m));
        const double variance = covariance(h, points.col(m), points.col(m)) - k.dot(inverse * k);
        EXPECT_NEAR(prediction.mean[m], k.dot(inverse * y), 1e-9);
        EXPECT_NEAR(prediction.deviation[m], std::sqrt(variance), 1e-9);
        const auto local = process.predict_local(points.col(m));
        EXPECT_NEAR(local.mean, prediction.mean[m], 1e-10);
        EXPECT_NEAR(local.deviation, prediction.deviation[m], 1e-10);
    }
}

// Central differences with a step of 1e-5 err by about 1e-9 here.
TEST(GaussianProcess, PosteriorGradientIsItsSlope) {
    for (std::uint64_t seed = 0; seed < 5; ++seed) {
        Rng rng(seed);
        const MatrixXd X = mixed_points(12, rng);
        const VectorXd y = random_vector(12, rng);
        VectorXd packed = odd_hyperparameters().pack();
        for (double& value : packed) value += 0.6 * uniform01(rng) - 0.3;
        const auto value = [&](const VectorXd& at) {
            return log_posterior(mixed_layout(), X, y, Hyperparameters::unpack(mixed_layout(), at));
        };
        VectorXd gradient;
        EXPECT_EQ(
            log_posterior(mixed_layout(), X, y, Hyperparameters::unpack(mixed_layout(), packed), &gradient),
            value(packed));
        ASSERT_EQ(gradient.size(), packed.size());
        for (Index i = 0; i < packed.size(); ++i) {
            VectorXd up = packed, down = packed;
            up[i] += 1e-5;
            down[i] -= 1e-5;
            const double slope = (value(up) - value(down)) / 2e-5;
            EXPECT_NEAR(gradient[i], slope, 1e-6 * (1 + std::abs(slope))) << i;
        }
    }
}

TEST(GaussianProcess, LocalGradientsAreTheSlopesOfThePrediction) {
    const GaussianProcess process = random_process(15, 2);
    Rng rng(3);
    for (int repeat = 0; repeat < 10; ++repeat) {
        const VectorXd point = mixed_points(1, rng).col(0);
        const auto local = process.predict_local(point);
        for (Index c = 0; c < point.size(); ++c) {
            VectorXd up = point, down = point;
            up[c] += 1e-6;
            down[c] -= 1e-6;
            const auto above = process.predict_local(up), below = process.predict_local(down);
            const double mean = (above.mean - below.mean) / 2e-6;
            const double deviation = (above.deviation - below.deviation) / 2e-6;
            EXPECT_NEAR(local.mean_gradient[c], mean, 1e-5 * (1 + std::abs(mean))) << c;
            EXPECT_NEAR(local.deviation_gradient[c], deviation, 1e-5 * (1 + std::abs(deviation))) << c;
        }
    }
}

TEST(GaussianProcess, GoesThroughObservationsWithoutNoise) {
    Rng rng(4);
    const MatrixXd X = mixed_points(12, rng);
    const VectorXd y = random_vector(12, rng);
    Hyperparameters h = odd_hyperparameters();
    h.log_noise = std::log(1e-7);
    const auto prediction = GaussianProcess(mixed_layout(), h, X, y).predict(X);
    EXPECT_LT((prediction.mean - y).cwiseAbs().maxCoeff(), 1e-4);
    EXPECT_LT(prediction.deviation.maxCoeff(), 4e-4) << "the noise's deviation is 3.2e-4";
}

TEST(GaussianProcess, BelievingKeepsTheMeanAndIsSureThere) {
    const GaussianProcess process = random_process(15, 5);
    Rng rng(6);
    const MatrixXd believed = mixed_points(3, rng), elsewhere = mixed_points(50, rng);
    const GaussianProcess after = process.believing(believed);
    EXPECT_EQ(after.size(), 18U);
    const auto before = process.predict(elsewhere), then = after.predict(elsewhere);
    EXPECT_LT((before.mean - then.mean).cwiseAbs().maxCoeff(), 1e-9);
    EXPECT_TRUE((then.deviation.array() <= before.deviation.array() + 1e-12).all());
    const auto there = process.predict(believed), sure = after.predict(believed);
    for (Index i = 0; i < 3; ++i) {
        EXPECT_NEAR(sure.mean[i], there.mean[i], 1e-9);
        EXPECT_LT(sure.deviation[i], 0.5 * there.deviation[i]);
        EXPECT_LT(sure.deviation[i], std::exp(-2.0)) << "the noise's deviation";
    }
}

TEST(GaussianProcess, FitClimbsFromItsStartAndTellsWhatMatters) {
    Rng rng(7);
    const MatrixXd X = mixed_points(30, rng);
    const VectorXd y = (5 * X.row(0).array()).sin().matrix().transpose();
    const Hyperparameters starts[] = {Hyperparameters::typical(mixed_layout()), odd_hyperparameters()};
    const Hyperparameters best = fit(mixed_layout(), X, y, starts, 60);
    const double value = log_posterior(mixed_layout(), X, y, best);
    for (const Hyperparameters& start : starts)
        EXPECT_GT(value, log_posterior(mixed_layout(), X, y, start) + 5);
    for (const Index other : {1, 2, 3}) EXPECT_LT(best.log_length[0], best.log_length[other]);
    const Hyperparameters none = fit(mixed_layout(), MatrixXd(6, 0), VectorXd(0), {starts, 1}, 60);
    EXPECT_LT((none.pack() - starts[0].pack()).cwiseAbs().maxCoeff(), 1e-6) << "the prior's centre";
}

TEST(GaussianProcess, EqualPointsAreAveraged) {
    Rng rng(8);
    const MatrixXd one = mixed_points(1, rng);
    const MatrixXd X = one.replicate(1, 20);
    VectorXd y(20);
    for (Index i = 0; i < 20; ++i) y[i] = i % 2 == 0 ? -1 : 0.5;
    Hyperparameters h = Hyperparameters::typical(mixed_layout());
    h.log_noise = std::log(1e-7);
    EXPECT_TRUE(std::isfinite(log_posterior(mixed_layout(), X, y, h)));
    EXPECT_NEAR(GaussianProcess(mixed_layout(), h, X, y).predict(one).mean[0], -0.25, 1e-4);
    const Hyperparameters fitted = fit(mixed_layout(), X, y, {&h, 1}, 30);
    EXPECT_GT(fitted.log_noise, -3) << "they differ: that is noise";
}

TEST(GaussianProcess, OneObservation) {
    Rng rng(9);
    const MatrixXd X = mixed_points(1, rng), far = mixed_points(1, rng);
    const Hyperparameters h = Hyperparameters::typical(mixed_layout());
    const double prior = covariance(h, X.col(0), X.col(0)), noisy = prior + std::exp(h.log_noise);
    const VectorXd y = VectorXd::Constant(1, 2);
    EXPECT_NEAR(log_posterior(mixed_layout(), X, y, h), -2 / noisy - 0.5 * std::log(noisy), 1e-12);
    const GaussianProcess process(mixed_layout(), h, X, y);
    EXPECT_NEAR(process.predict(X).mean[0], 2 * prior / noisy, 1e-12);
    EXPECT_NEAR(process.predict(far).mean[0], 2 * covariance(h, X.col(0), far.col(0)) / noisy, 1e-12);
    EXPECT_LT(process.predict(X).deviation[0], process.predict(far).deviation[0]);
    EXPECT_TRUE(fit(mixed_layout(), X, y, {&h, 1}, 30).pack().allFinite());
}

TEST(GaussianProcess, HyperparametersUnpackWhatTheyPack) {
    const VectorXd packed = odd_hyperparameters().pack();
    EXPECT_EQ(packed.size(), 4 + 3 + 2 + 2);
    EXPECT_EQ(Hyperparameters::unpack(mixed_layout(), packed).pack(), packed);
}

}  // namespace
}  // namespace o2v::search
