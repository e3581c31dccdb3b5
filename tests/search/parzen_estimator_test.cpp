#include "search/parzen_estimator.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <numbers>

#include "tests/search/spaces.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using Point = ParzenEstimator::Point;

const std::vector<Domain>& domains() {
    static const std::vector<Domain> all{FloatDomain{-1, 3}, IntDomain{1, 12, Scale::log},
                                         texts({"a", "b", "c"}), OrdinalDomain{{0.1, 0.2, 0.5, 1.0}}};
    return all;
}

std::vector<ParzenAxis> axes_of(const std::vector<Domain>& of) {
    return {of.begin(), of.end()};
}

std::vector<float> random_points(const std::vector<ParzenAxis>& axes, std::size_t n, std::uint64_t seed) {
    Rng rng(seed);
    std::vector<float> coordinates;
    for (std::size_t i = 0; i < n * axes.size(); ++i)
        coordinates.push_back(axes[i % axes.size()].coordinate(uniform01(rng)));
    return coordinates;
}

double phi(double z) {
    return std::erfc(-z / std::numbers::sqrt2) / 2;
}

// The contract's formulas, word by word.
double reference(const std::vector<ParzenAxis>& axes, const std::vector<float>& coordinates,
                 const std::vector<double>& weights, const Point& at) {
    const auto n = static_cast<double>(weights.size());
    const double bandwidth =
        std::max(0.2 * std::pow(std::max(n, 1.0), -1 / (static_cast<double>(axes.size()) + 4)),
                 1 / std::min(100.0, n + 2));
    double sum = 0, weight_sum = 1;
    for (const double weight : weights) weight_sum += weight;
    for (std::size_t k = 0; k <= weights.size(); ++k) {
        const bool prior = k == weights.size();
        double product = (prior ? 1 : weights[k]) / weight_sum;
        for (std::size_t a = 0; a < axes.size(); ++a) {
            const float own = prior ? 0 : coordinates[k * axes.size() + a];
            const auto value = static_cast<std::size_t>(at[a]);
            if (axes[a].kind() == ParzenAxis::Kind::categories) {
                const auto values = static_cast<double>(axes[a].values());
                product *= prior ? 1 / values : ((own == at[a]) + 1 / (n + 1)) / (1 + values / (n + 1));
                continue;
            }
            const double middle = prior ? 0.5 : axes[a].unit(own), s = prior ? 1 : bandwidth;
            const double inside = phi((1 - middle) / s) - phi(-middle / s);
            const double z = (axes[a].unit(at[a]) - middle) / s;
            product *=
                axes[a].kind() == ParzenAxis::Kind::continuum
                    ? std::exp(-z * z / 2) / (s * std::sqrt(2 * std::numbers::pi)) / inside
                    : (phi((axes[a].high(value) - middle) / s) - phi((axes[a].low(value) - middle) / s)) /
                          inside;
        }
        sum += product;
    }
    return sum;
}

// Seeds 1 and 2; tolerance 2e-3, twice what the contract allows for; deterministic, no false alarms.
TEST(ParzenEstimator, IsTheMixtureOfItsContract) {
    const auto axes = axes_of(domains());
    for (const std::size_t n : {0U, 1U, 3U, 40U, 300U}) {
        const auto coordinates = random_points(axes, n, 1);
        std::vector<double> weights;
        for (std::size_t k = 0; k < n; ++k) weights.push_back(0.1 + static_cast<double>(k % 7));
        const ParzenEstimator estimator(axes, coordinates, weights);
        const auto flat = random_points(axes, 19, 2);  // not a multiple of the vector's width
        std::vector<Point> points;
        for (std::size_t i = 0; i < flat.size(); i += axes.size())
            points.emplace_back(flat.begin() + static_cast<std::ptrdiff_t>(i),
                                flat.begin() + static_cast<std::ptrdiff_t>(i + axes.size()));
        const auto densities = estimator.log_density(points);
        ASSERT_EQ(densities.size(), 19U);
        for (std::size_t i = 0; i < points.size(); ++i)
            EXPECT_NEAR(densities[i], std::log(reference(axes, coordinates, weights, points[i])), 2e-3)
                << n << " points, at " << i;
    }
}

// Seed 3. The midpoint rule over 400 cells errs by about (1/400/bandwidth)^2 / 24 < 1e-4.
TEST(ParzenEstimator, SumsToOneOverTheWholeSpace) {
    const auto axes = axes_of(domains());
    for (const std::size_t n : {0U, 2U, 50U}) {
        const ParzenEstimator estimator(axes, random_points(axes, n, 3), std::vector<double>(n, 1.0));
        constexpr int kSteps = 400;
        std::vector<Point> points;
        for (int x = 0; x < kSteps; ++x)
            for (float i = 0; i < 12; ++i)
                for (float c = 0; c < 3; ++c)
                    for (float o = 0; o < 4; ++o)
                        points.push_back({(static_cast<float>(x) + 0.5F) / kSteps, i, c, o});
        double sum = 0;
        for (const double density : estimator.log_density(points)) sum += std::exp(density) / kSteps;
        EXPECT_NEAR(sum, 1, 1e-3) << n << " points";
    }
}

// Seed 4; 20,000 draws into 60 bins of at least 100 expected draws: chi-square with 59 degrees of freedom
// above 121 has probability 3e-6.
TEST(ParzenEstimator, DrawsFromTheDensity) {
    const std::vector<Domain> two{IntDomain{1, 20, Scale::log}, texts({"a", "b", "c"})};
    const auto axes = axes_of(two);
    const std::vector<double> weights{1, 2, 3, 4};
    const ParzenEstimator estimator(axes, random_points(axes, 4, 6), weights);
    std::map<Point, double> counts;
    Rng rng(4);
    constexpr int kDraws = 20'000;
    for (int i = 0; i < kDraws; ++i) ++counts[estimator.sample(rng)];
    std::vector<Point> points;
    for (float i = 0; i < 20; ++i)
        for (float c = 0; c < 3; ++c) points.push_back({i, c});
    const auto densities = estimator.log_density(points);
    double chi_square = 0, pooled_count = 0, pooled_expected = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const double expected = kDraws * std::exp(densities[i]), count = counts[points[i]];
        if (expected < 20) {
            pooled_count += count;
            pooled_expected += expected;
        } else {
            chi_square += (count - expected) * (count - expected) / expected;
        }
    }
    if (pooled_expected > 0)
        chi_square += (pooled_count - pooled_expected) * (pooled_count - pooled_expected) / pooled_expected;
    EXPECT_LT(chi_square, 121);
}

// Seed 5; the mean of 20,000 draws about 0.8, cut at 1, errs by 0.2/sqrt(20,000) = 0.0014, and by five times
// that with probability 6e-7.
TEST(ParzenEstimator, DrawsOfAContinuumAreCutToIt) {
    const std::vector<ParzenAxis> axes{ParzenAxis(FloatDomain{0, 1})};
    const ParzenEstimator estimator(axes, {0.8F}, std::vector<double>{1e6});
    ASSERT_NEAR(estimator.bandwidth(), 1.0 / 3, 1e-12);
    Rng rng(5);
    double sum = 0;
    for (int i = 0; i < 20'000; ++i) {
        const float x = estimator.sample(rng)[0];
        ASSERT_GE(x, 0);
        ASSERT_LE(x, 1);
        sum += x;
    }
    double mean = 0, mass = 0;
    for (double x = 0.0005; x < 1; x += 0.001) {
        const double density = std::exp(-(x - 0.8) * (x - 0.8) * 9 / 2);
        mean += x * density;
        mass += density;
    }
    EXPECT_NEAR(sum / 20'000, mean / mass, 0.007);
}

TEST(ParzenEstimator, StaysFiniteFarFromEveryPoint) {
    const std::vector<Domain> two{FloatDomain{0, 1}, IntDomain{0, 99}};
    const auto axes = axes_of(two);
    std::vector<float> coordinates;
    for (int k = 0; k < 50'000; ++k) coordinates.insert(coordinates.end(), {0.0F, 0.0F});
    const ParzenEstimator estimator(axes, coordinates, std::vector<double>(50'000, 1.0));
    const double far = estimator.log_density(std::vector<Point>{{1.0F, 99.0F}}).front();
    EXPECT_NEAR(far, std::log(reference(axes, {}, {}, {1.0F, 99.0F})) - std::log(50'001), 1e-2);
}

TEST(ParzenAxis, ManyValuesAreAContinuumAtTheMiddlesOfTheirShares) {
    const ParzenAxis cells(IntDomain{1, 128}), many(IntDomain{1, 129});
    EXPECT_EQ(cells.kind(), ParzenAxis::Kind::cells);
    EXPECT_EQ(cells.coordinate(0.0), 0);
    EXPECT_EQ(cells.coordinate(1.0), 127);
    EXPECT_EQ(many.kind(), ParzenAxis::Kind::continuum);
    EXPECT_FLOAT_EQ(many.coordinate(0.4999), 64.5F / 129);
    EXPECT_EQ(ParzenAxis(FloatDomain{2, 2}).values(), 1U);
    EXPECT_EQ(ParzenAxis(FloatDomain{0, 1}).coordinate(0.123), 0.123F);
}

}  // namespace
}  // namespace o2v::search
