#include "search/normal.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace o2v::search {
namespace {

// Computed with 40 digits (mpmath).
struct Row {
    double z, log_probability, log_improvement, slope;
};
constexpr Row kRows[] = {
    {-40, -804.60844201375379, -808.29856835661996, 40.049906657648518},
    {-20, -203.91715537109726, -206.9178385094251, 20.099262811101282},
    {-8, -35.01343715991455, -37.122364261692633, 8.2393965068400669},
    {-5.0001, -15.065517049221957, -16.744837348985082, 5.3619102405997453},
    {-5, -15.064998393988726, -16.74430116266099, 5.3618162412880885},
    {-4.9999, -15.06447974842853, -16.743764985736821, 5.3617222421599682},
    {-2, -3.7831843336820319, -4.7687835239171142, 2.679416883955586},
    {-1, -1.8410216450092635, -2.4851210257126413, 1.9042712333296918},
    {0, -0.69314718055994531, -0.91893853320467274, 1.2533141373155003},
    {1, -0.17275377902344989, 0.08002621884930694, 0.77663872520173926},
    {3, -0.0013508099647481938, 1.0987396653277078, 0.33284096845179524},
    {8, -6.2209605742717861e-16, 2.0794415416798359, 0.12499999999999992},
};

TEST(Normal, ValuesFarIntoTheTailsAndAtTheJointOfTheFormulas) {
    for (const Row& row : kRows) {
        SCOPED_TRACE(row.z);
        EXPECT_NEAR(log_normal_probability(row.z), row.log_probability,
                    1e-13 * std::abs(row.log_probability) + 1e-15);
        EXPECT_NEAR(log_improvement(row.z), row.log_improvement, 1e-12 * (1 + std::abs(row.log_improvement)));
        EXPECT_NEAR(log_improvement_slope(row.z), row.slope, 1e-11 * row.slope);
    }
    EXPECT_NEAR(normal_density(0), 0.3989422804014327, 1e-16);
    EXPECT_NEAR(normal_density(-1.5), normal_density(1.5), 0);
    EXPECT_NEAR(log_normal_density(-40), -800.9189385332047, 1e-12);
    EXPECT_NEAR(normal_probability(1.96), 0.9750021048517796, 1e-15);
}

TEST(Normal, QuantilesOfTheTable) {
    EXPECT_NEAR(normal_quantile(1e-300), -37.047096299361199, 1e-12);
    EXPECT_NEAR(normal_quantile(1e-10), -6.3613409024040562, 1e-13);
    EXPECT_NEAR(normal_quantile(0.025), -1.9599639845400542, 1e-14);
    EXPECT_NEAR(normal_quantile(0.3), -0.52440051270804078, 1e-14);
    EXPECT_NEAR(normal_quantile(0.5), 0, 1e-15);
    EXPECT_NEAR(normal_quantile(0.975), 1.9599639845400542, 1e-13);
    EXPECT_NEAR(normal_quantile(0.999999), 4.7534243088228989, 1e-9) << "1 - p has 10 digits";
}

// E[max(0, z + Z)] / density(z) = the integral of t exp(z t - t^2 / 2) over t > 0, by Simpson's rule.
TEST(Normal, ImprovementIsTheIntegral) {
    for (double z = -40; z <= 8; z += 0.75) {
        const double end = z > -2 ? std::max(z, 0.0) + 14 : -60 / z;
        constexpr int kSteps = 40'000;
        const double h = end / kSteps;
        double sum = 0;
        for (int i = 0; i <= kSteps; ++i) {
            const double t = i * h;
            sum += (i == 0 || i == kSteps ? 1 : i % 2 == 1 ? 4 : 2) * t * std::exp(z * t - t * t / 2);
        }
        const double expected = std::log(sum * h / 3) - z * z / 2 - 0.9189385332046727;
        EXPECT_NEAR(log_improvement(z), expected, 1e-9 * (1 + std::abs(expected))) << z;
        // Central differences err by h^2 / 6 times the third derivative and by rounding / h.
        const double slope = (log_improvement(z + 1e-4) - log_improvement(z - 1e-4)) / 2e-4;
        EXPECT_NEAR(log_improvement_slope(z), slope, 1e-7 * (1 + slope)) << z;
    }
}

}  // namespace
}  // namespace o2v::search
