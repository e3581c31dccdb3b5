// Beside scipy's and numpy's figures (figures_from_scipy.py made the file), and by the laws that intervals
// obey.
#include "reports/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>

#include "reports/statistics_distributions.hpp"
#include "search/study/assignment.hpp"

namespace o2v::reports {
namespace {

using nlohmann::json;
using Values = std::vector<double>;

const json& figures() {
    static const json loaded =
        json::parse(std::ifstream(O2V_SOURCE_DIR "/tests/reports/figures_from_scipy.json"));
    return loaded;
}

Values sample(const std::string& name) {
    return figures().at("samples").at(name).get<Values>();
}

void expect_near(double found, double known, const std::string& what) {
    EXPECT_NEAR(found, known, 1e-9 * std::max(1.0, std::abs(known))) << what;
}

TEST(Statistics, DescribesAsNumpyAndScipy) {
    for (const auto& [name, known] : figures().at("describe").items()) {
        const Values values = sample(name);
        expect_near(mean(values), known.at("mean"), name);
        expect_near(median(values), known.at("median"), name);
        expect_near(standard_deviation(values), known.at("sd"), name);
        expect_near(quantile(values, 0.1), known.at("q10"), name);
        expect_near(quantile(values, 0.99), known.at("q99"), name);
        for (const auto& [key, confidence] : {std::pair{"t95", 0.95}, std::pair{"t99", 0.99}}) {
            const Interval interval = student_t_interval(values, confidence);
            expect_near(interval.low, known.at(key).at(0), name);
            expect_near(interval.high, known.at(key).at(1), name);
        }
    }
}

TEST(Statistics, DistributionsAreScipys) {
    for (const json& row : figures().at("incomplete_beta"))
        EXPECT_NEAR(incomplete_beta(row[0], row[1], row[2]), row[3].get<double>(),
                    1e-12 * row[3].get<double>() + 1e-15)
            << row;
    for (const json& row : figures().at("t_quantile"))
        expect_near(student_t_quantile(row[0], row[1]), row[2], row.dump());
}

// Both resample at random; an end's standard error at 20,000 resamples is below 1 % of the width, so that 5 %
// is more than five of them.
TEST(Statistics, BootstrapIntervalsAreScipys) {
    BootstrapOptions options;
    options.resamples = 20'000;
    for (const auto& [name, known] : figures().at("bootstrap").items()) {
        const Values values = sample(name);
        const auto expect_alike = [&, &of = name](const Interval& found, const json& interval) {
            const double low = interval[0], high = interval[1], tolerance = 0.05 * (high - low);
            EXPECT_NEAR(found.low, low, tolerance) << of;
            EXPECT_NEAR(found.high, high, tolerance) << of;
        };
        expect_alike(bootstrap_interval(values, Average::mean, options), known.at("mean_percentile"));
        expect_alike(bootstrap_interval(values, Average::median, options), known.at("median_percentile"));
    }
}

TEST(Statistics, BootstrapIsAFunctionOfItsSeed) {
    const Values a = sample("few_5"), b = sample("even_6");
    BootstrapOptions other;
    other.seed = 2;
    const Interval once = bootstrap_ratio_interval(a, b, Average::mean);
    EXPECT_EQ(once, bootstrap_ratio_interval(a, b, Average::mean));
    EXPECT_NE(once, bootstrap_ratio_interval(a, b, Average::mean, other));
}

// 300 pairs of samples of one distribution: the ratio of their medians is 1, and an interval of 95 % must
// cover it in most of them. (A bootstrap of 8 values covers 93 to 97 %; below 90 %, that is 30 misses where
// 15 are expected, is 4 standard deviations away: one false alarm in 30,000 seeds.)
TEST(Statistics, RatioIntervalsOfEqualDistributionsCoverOne) {
    Rng rng(11);
    const auto normal = [&rng] {  // Box and Muller's
        const double radius = std::sqrt(-2 * std::log(1 - uniform01(rng)));
        return radius * std::cos(2 * std::numbers::pi * uniform01(rng));
    };
    const auto draw = [&normal](double scale) {
        Values values(8);
        for (double& x : values) x = scale * (1 + 0.05 * normal());
        return values;
    };
    BootstrapOptions options;
    options.resamples = 2000;
    int covered = 0, slower_seen = 0;
    for (int i = 0; i < 300; ++i) {
        const Values base = draw(1);
        covered += bootstrap_ratio_interval(draw(1), base, Average::median, options).contains(1) ? 1 : 0;
        slower_seen += bootstrap_ratio_interval(draw(1.3), base, Average::median, options).low > 1 ? 1 : 0;
    }
    EXPECT_GE(covered, 270);
    EXPECT_GE(slower_seen, 295);
}

TEST(Statistics, OddSamples) {
    const Values one{2.0}, equal{3.0, 3.0, 3.0}, with_nan{1.0, std::nan(""), 2.0};
    EXPECT_EQ(median(one), 2.0);
    EXPECT_TRUE(std::isnan(standard_deviation(one)));
    EXPECT_TRUE(std::isinf(student_t_interval(one).high));
    EXPECT_EQ(bootstrap_interval(one, Average::mean), (Interval{2.0, 2.0}));
    EXPECT_EQ(bootstrap_interval(equal, Average::median), (Interval{3.0, 3.0}));
    EXPECT_TRUE(std::isnan(bootstrap_interval(with_nan, Average::median).low));
    EXPECT_TRUE(std::isnan(median(with_nan)));
    EXPECT_THROW(mean({}), std::invalid_argument);
    EXPECT_THROW(bootstrap_interval({}, Average::mean), std::invalid_argument);
}

}  // namespace
}  // namespace o2v::reports
