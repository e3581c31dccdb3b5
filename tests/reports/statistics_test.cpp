// Beside scipy's and numpy's figures (figures_from_scipy.py made the file), and by the laws that intervals
// obey.
#include "reports/statistics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

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
    for (const json& row : figures().at("normal_quantile"))
        expect_near(normal_quantile(row[0]), row[1], row.dump());
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
        expect_alike(bootstrap_interval(values, Average::mean, Bootstrap::bca, options),
                     known.at("mean_bca"));
        expect_alike(bootstrap_interval(values, Average::mean, Bootstrap::percentile, options),
                     known.at("mean_percentile"));
        expect_alike(bootstrap_interval(values, Average::median, Bootstrap::percentile, options),
                     known.at("median_percentile"));
    }
}

TEST(Statistics, RankTestsAreScipys) {
    EXPECT_EQ(ranks(figures().at("ranks").at("of").get<Values>()),
              figures().at("ranks").at("ranks").get<Values>());
    for (const json& known : figures().at("mann_whitney")) {
        const TestResult found = mann_whitney(sample(known.at("a")), sample(known.at("b")));
        EXPECT_EQ(found.statistic, known.at("result")[0].get<double>()) << known;
        EXPECT_NEAR(found.p, known.at("result")[1].get<double>(), 1e-10) << known;
    }
    for (const json& known : figures().at("spearman")) {
        const TestResult found = spearman(known.at("a").get<Values>(), known.at("b").get<Values>());
        EXPECT_NEAR(found.statistic, known.at("result")[0].get<double>(), 1e-12);
        EXPECT_NEAR(found.p, known.at("result")[1].get<double>(), 1e-10);
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
    const auto draw = [&rng](double scale) {
        Values values(8);
        for (double& x : values) x = scale * (1 + 0.05 * normal_quantile(0.5e-9 + 0.999999 * uniform01(rng)));
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
    for (const Bootstrap method : {Bootstrap::percentile, Bootstrap::bca}) {
        EXPECT_EQ(bootstrap_interval(one, Average::mean, method), (Interval{2.0, 2.0}));
        EXPECT_EQ(bootstrap_interval(equal, Average::median, method), (Interval{3.0, 3.0}));
        EXPECT_TRUE(std::isnan(bootstrap_interval(with_nan, Average::median, method).low));
    }
    EXPECT_TRUE(std::isnan(median(with_nan)));
    EXPECT_TRUE(std::isnan(mann_whitney(with_nan, one).p));
    EXPECT_EQ(mann_whitney(equal, equal).p, 1.0);
    EXPECT_TRUE(std::isnan(spearman(equal, Values{1.0, 2.0, 3.0}).statistic));
    EXPECT_THROW(mean({}), std::invalid_argument);
    EXPECT_THROW(bootstrap_interval({}, Average::mean, Bootstrap::bca), std::invalid_argument);
    EXPECT_THROW(mann_whitney({}, one), std::invalid_argument);
    EXPECT_THROW(spearman(one, equal), std::invalid_argument);
}

}  // namespace
}  // namespace o2v::reports
