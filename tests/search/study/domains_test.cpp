#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "search/study/errors.hpp"
#include "search/study/search_space.hpp"

namespace o2v {
namespace {

using Integer = std::int64_t;

const std::vector<Domain> kDomains{
    FloatDomain{-3, 5},
    FloatDomain{-1e308, 1e308},
    FloatDomain{1e-6, 1, Scale::log},
    FloatDomain{0, 0.999, Scale::reverse_log},
    FloatDomain{2, 2},
    IntDomain{-3, 12},
    IntDomain{0, kMaxIntegers - 1},
    IntDomain{1, 1000, Scale::log},
    IntDomain{1, kMaxIntegers, Scale::log},
    IntDomain{4, 4, Scale::log},
    CategoricalDomain{{std::string("relu"), Integer{3}, 0.5}},
    CategoricalDomain{{std::string("only")}},
};

// Seed 20; the bounds hold for every draw, so there are no false alarms.
TEST(UnitInterval, EveryPointIsAValueOfTheDomainAndItsPlaceGivesItBack) {
    Rng rng(20);
    for (const Domain& domain : kDomains)
        for (int i = 0; i < 2000; ++i) {
            const ParamValue value = from_unit(domain, uniform01(rng));
            ASSERT_TRUE(contains(domain, value)) << to_text(value);
            const double place = to_unit(domain, value);
            ASSERT_GE(place, 0);
            ASSERT_LE(place, 1);
            const ParamValue again = from_unit(domain, place);
            if (std::holds_alternative<double>(value) && std::holds_alternative<FloatDomain>(domain)) {
                const double x = std::get<double>(value);
                ASSERT_NEAR(std::get<double>(again), x, 1e-11 * std::max(1.0, std::abs(x)));
            } else {
                ASSERT_EQ(again, value) << to_text(value) << " became " << to_text(again);
            }
        }
}

TEST(UnitInterval, EndsAreTheDomainsEnds) {
    for (const Scale scale : {Scale::linear, Scale::log, Scale::reverse_log}) {
        EXPECT_EQ(from_unit(FloatDomain{0.1, 0.7, scale}, 0), ParamValue(0.1));
        EXPECT_EQ(from_unit(FloatDomain{0.1, 0.7, scale}, 1), ParamValue(0.7));
    }
    for (const Scale scale : {Scale::linear, Scale::log}) {
        EXPECT_EQ(from_unit(IntDomain{3, 9, scale}, 0), ParamValue(Integer{3}));
        EXPECT_EQ(from_unit(IntDomain{3, 9, scale}, 1), ParamValue(Integer{9}));
    }
}

TEST(UnitInterval, OutsideIsClampedAndNaNCountsAs0) {
    const Domain domain = IntDomain{3, 9};
    EXPECT_EQ(from_unit(domain, -5), ParamValue(Integer{3}));
    EXPECT_EQ(from_unit(domain, 7), ParamValue(Integer{9}));
    EXPECT_EQ(from_unit(domain, std::numeric_limits<double>::quiet_NaN()), ParamValue(Integer{3}));
}

TEST(UnitInterval, IntegersAndCategoriesHaveEqualShares) {
    EXPECT_EQ(from_unit(IntDomain{1, 4}, 0.2499), ParamValue(Integer{1}));
    EXPECT_EQ(from_unit(IntDomain{1, 4}, 0.25), ParamValue(Integer{2}));
    EXPECT_DOUBLE_EQ(to_unit(IntDomain{1, 4}, Integer{2}), 0.375);
    const Domain category = CategoricalDomain{{std::string("a"), std::string("b")}};
    EXPECT_EQ(from_unit(category, 0.4999), ParamValue("a"));
    EXPECT_EQ(from_unit(category, 0.5), ParamValue("b"));
    EXPECT_DOUBLE_EQ(to_unit(category, "b"), 0.75);
}

TEST(UnitInterval, ScalesPutTheMiddleWhereTheySay) {
    EXPECT_DOUBLE_EQ(std::get<double>(from_unit(FloatDomain{1e-4, 1, Scale::log}, 0.5)), 1e-2);
    EXPECT_NEAR(std::get<double>(from_unit(FloatDomain{0, 0.9999, Scale::reverse_log}, 0.5)), 0.99, 1e-12);
    // Log integers: equal in log over [min - 1/2, max + 1/2].
    const Domain domain = IntDomain{1, 8, Scale::log};
    EXPECT_DOUBLE_EQ(to_unit(domain, Integer{1}), std::log(std::sqrt(0.5 * 1.5) / 0.5) / std::log(8.5 / 0.5));
}

TEST(Domains, KnowWhatIsInThem) {
    EXPECT_TRUE(contains(FloatDomain{0, 1}, 1.0));
    EXPECT_FALSE(contains(FloatDomain{0, 1}, Integer{1})) << "an integer is no float";
    EXPECT_FALSE(contains(FloatDomain{0, 1}, std::numeric_limits<double>::quiet_NaN()));
    EXPECT_FALSE(contains(IntDomain{0, 1}, 1.0));
    EXPECT_FALSE(contains(IntDomain{0, 1}, Integer{2}));
    EXPECT_FALSE(contains(CategoricalDomain{{Integer{1}}}, "1"));
}

TEST(Domains, CountTheirValues) {
    EXPECT_EQ(cardinality(IntDomain{-1, 1}), 3U);
    EXPECT_EQ(cardinality(CategoricalDomain{{Integer{1}, 2.5}}), 2U);
    EXPECT_EQ(cardinality(FloatDomain{0, 1}), std::nullopt);
    EXPECT_EQ(cardinality(FloatDomain{1, 1}), 1U);
}

TEST(Domains, EachOfTheirValuesHasItsPlace) {
    for (const Domain& domain :
         {Domain(IntDomain{1, 16, Scale::log}), Domain(IntDomain{-3, 100, Scale::linear, 7}),
          Domain(FloatDomain{-0.5, 1, Scale::linear, 0.1}),
          Domain(CategoricalDomain{{"a", Integer{1}, 2.5}})})
        for (std::uint64_t n = 0; n < *cardinality(domain); ++n) {
            const ParamValue value = nth_value(domain, n);
            EXPECT_EQ(from_unit(domain, to_unit(domain, value)), value) << to_text(value);
        }
}

TEST(Domains, StepsAreTheDecimalsThatAPersonWrites) {
    const FloatDomain tenths{-0.3, 0.8, Scale::linear, 0.1};
    std::string texts;
    for (std::uint64_t n = 0; n < *cardinality(tenths); ++n) texts += to_text(nth_value(tenths, n)) + ' ';
    EXPECT_EQ(texts, "-0.3 -0.2 -0.1 0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 ");
    EXPECT_EQ(from_unit(FloatDomain{0, 1, Scale::linear, 0.1}, 0.3), ParamValue(0.3));
    EXPECT_EQ(value_of_step({1e6, 1e6 + 1, Scale::linear, 1e-7}, 3), 1000000.0000003);
    EXPECT_EQ(value_of_step({0, 1, Scale::linear, 1.0 / 3}, 3), 1) << "within the range";
    EXPECT_EQ(to_text(ParamValue(value_of_step({-2.1, 2.1, Scale::linear, 0.7}, 3))), "0") << "and not -0";
}

std::string complaint(const Domain& domain, const ParamValue& value) {
    try {
        to_unit(domain, value);
    } catch (const InputError& e) {
        return e.what();
    }
    return "none";
}

TEST(Domains, SayWhyAValueHasNoPlace) {
    EXPECT_EQ(complaint(FloatDomain{0, 1}, 2.5), "value = 2.5: must be a float in [0, 1]");
    EXPECT_EQ(complaint(IntDomain{0, 8}, "many"), "value = many: must be an integer in [0, 8]");
    EXPECT_EQ(complaint(CategoricalDomain{{std::string("a"), Integer{2}}}, "c"),
              "value = c: must be one of a, 2");
}

TEST(Share, TilesTheUnitIntervalAndMapsBack) {
    const std::vector<Domain> domains{IntDomain{-3, 5},
                                      IntDomain{0, 100, Scale::linear, 7},
                                      IntDomain{1, 1000, Scale::log},
                                      FloatDomain{0, 1, Scale::linear, 0.3},
                                      CategoricalDomain{{"a", "b", "c"}},
                                      OrdinalDomain{{std::int64_t{1}, 2.5, std::string("many")}},
                                      IntDomain{7, 7}};
    for (const Domain& domain : domains) {
        double end = 0;
        std::uint64_t values = 0;
        while (end < 1 - 1e-9) {
            const ParamValue value = from_unit(domain, end + 1e-7);
            const Share share = share_of(domain, value);
            EXPECT_NEAR(share.low, end, 1e-12);
            EXPECT_GT(share.high, share.low);
            EXPECT_EQ(from_unit(domain, share.low + 1e-9), value);
            EXPECT_EQ(from_unit(domain, share.high - 1e-9), value);
            end = share.high;
            ++values;
        }
        EXPECT_EQ(values, *cardinality(domain));
    }
}

}  // namespace
}  // namespace o2v
