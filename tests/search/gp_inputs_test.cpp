#include "search/gp_inputs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/search/spaces.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;
using ::testing::ElementsAre;

OrdinalDomain ordinal(const std::vector<std::string>& values) {
    return {{values.begin(), values.end()}};
}

TEST(GpInputs, OrdinalsAndIntegersStandInTheirPlacesFromEndToEnd) {
    const SearchSpace space({{"size", ordinal({"s", "m", "l"}), {}},
                             {"n", IntDomain{1, 5}, {}},
                             {"on", ordinal({"no", "yes"}), {}},
                             {"x", FloatDomain{1e-4, 1, Scale::log}, {}}});
    const GpInputs inputs(space);
    const Assignment params{{"size", "m"}, {"n", std::int64_t{2}}, {"on", "yes"}, {"x", 0.01}};
    const Eigen::VectorXd point = inputs(params);
    ASSERT_EQ(point.size(), 4);
    EXPECT_NEAR(point[0], 0.5, 1e-12);
    EXPECT_NEAR(point[1], 0.25, 1e-12);
    EXPECT_NEAR(point[2], 1, 1e-12);
    EXPECT_NEAR(point[3], 0.5, 1e-12);
    const Assignment ends{{"size", "l"}, {"n", std::int64_t{1}}, {"on", "no"}, {"x", 1.0}};
    const Eigen::VectorXd at_ends = inputs(ends);
    EXPECT_NEAR(at_ends[0], 1, 1e-12);
    EXPECT_NEAR(at_ends[1], 0, 1e-12);
    EXPECT_NEAR(at_ends[2], 0, 1e-12);
    EXPECT_NEAR(at_ends[3], 1, 1e-12);
    EXPECT_THAT(inputs.layout().group, ElementsAre(0, 1, 2, 3));
    EXPECT_THAT(inputs.layout().warped, ElementsAre(true, true, false, true)) << "two values need no warp";
    EXPECT_EQ(inputs.layout().groups, 4U);
}

TEST(GpInputs, CategoriesAreAllAsFarApartAsTheEndsOfANumber) {
    const SearchSpace space({{"x", FloatDomain{0, 1}, {}}, {"c", texts({"a", "b", "c", "d"}), {}}});
    const GpInputs inputs(space);
    EXPECT_THAT(inputs.layout().group, ElementsAre(0, 1, 1, 1, 1));
    EXPECT_THAT(inputs.layout().warped, ElementsAre(true, false, false, false, false));
    const auto at = [&](double x, const char* c) { return inputs({{"x", x}, {"c", c}}); };
    for (const char* one : {"a", "b", "c", "d"})
        for (const char* other : {"a", "b", "c", "d"})
            EXPECT_NEAR((at(0.3, one) - at(0.3, other)).norm(), one == other ? 0 : 1, 1e-12) << one << other;
    EXPECT_NEAR((at(0, "a") - at(1, "a")).norm(), 1, 1e-12);
    ASSERT_EQ(inputs.features().size(), 2U);
    EXPECT_EQ(inputs.features()[0].values, 0U);
    EXPECT_EQ(inputs.features()[1].first, 1U);
    EXPECT_EQ(inputs.features()[1].values, 4U);
}

TEST(GpInputs, InactiveParametersAreMasked) {
    const SearchSpace space({{"kind", texts({"u", "v"}), {}},
                             {"x", FloatDomain{0, 1}, {{"kind", {"u"}}}},
                             {"c", texts({"a", "b"}), {{"kind", {"u"}}}}});
    const GpInputs inputs(space);
    const Eigen::VectorXd v = inputs({{"kind", "v"}});
    ASSERT_EQ(v.size(), 5);
    EXPECT_EQ(v[2], 0.5);
    EXPECT_EQ(v[3], 0);
    EXPECT_EQ(v[4], 0);
    const Eigen::VectorXd u = inputs({{"kind", "u"}, {"x", 0.9}, {"c", "b"}});
    EXPECT_NEAR(u[2], 0.9, 1e-12);
    EXPECT_NEAR(u[4], std::sqrt(0.5), 1e-15);
}

TEST(GpInputs, OneValueHasNoColumn) {
    EXPECT_EQ(GpInputs(one_point()).layout().columns(), 0U);
    EXPECT_EQ(GpInputs(SearchSpace()).layout().groups, 0U);
}

TEST(GpInputs, ResourceAndStudyHaveTheLastColumns) {
    const SearchSpace space({{"x", FloatDomain{0, 1}, {}}});
    const GpInputs inputs(space, true, 3);
    EXPECT_THAT(inputs.layout().group, ElementsAre(0, 1, 2, 2, 2));
    EXPECT_THAT(inputs.layout().warped, ElementsAre(true, true, false, false, false));
    const Eigen::VectorXd point = inputs({{"x", 0.2}}, 0.7, 2);
    EXPECT_NEAR(point[1], 0.7, 1e-15);
    EXPECT_EQ(point[2], 0);
    EXPECT_EQ(point[3], 0);
    EXPECT_NEAR(point[4], std::sqrt(0.5), 1e-15);
    EXPECT_EQ(inputs({{"x", 0.2}})[1], 1) << "a full training";
    EXPECT_NEAR(inputs({{"x", 0.2}})[2], std::sqrt(0.5), 1e-15) << "the study searched";
    EXPECT_EQ(inputs.features().size(), 1U);
    EXPECT_EQ(GpInputs(space, false, 2)({{"x", 0.2}}, 0.5, 1).size(), 3);
}

}  // namespace
}  // namespace o2v::search
