// How a study that has begun may change.
#include "orchestrator/extension.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace o2v::orchestrator {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Parameter kRate{"rate", FloatDomain{0.1, 1, Scale::log}, {}};
const Parameter kLayers{"layers", IntDomain{1, 4}, {}};
const Parameter kSize{"size", OrdinalDomain{{std::string("s"), std::string("m")}}, {}};
const Parameter kWidth{"width", CategoricalDomain{{std::int64_t{8}, std::int64_t{16}}}, {{"layers", {"2"}}}};

std::vector<Trial> trials() {
    Trial one, two;
    one.params = {{"rate", 0.5}, {"layers", std::int64_t{1}}, {"size", std::string("s")}};
    two.id = 1;
    two.params = {
        {"rate", 0.2}, {"layers", std::int64_t{2}}, {"size", std::string("m")}, {"width", std::int64_t{8}}};
    return {one, two};
}

std::vector<std::string> obstacles_to(std::vector<Parameter> parameters,
                                      std::vector<Combination> forbidden = {}) {
    return space_obstacles(SearchSpace({kRate, kLayers, kSize, kWidth}),
                           SearchSpace(std::move(parameters), std::move(forbidden)), trials());
}

TEST(Extension, RangesAndListsMayGrow) {
    const Parameter rate{"rate", FloatDomain{0.01, 10, Scale::log}, {}, 1.0};
    const Parameter layers{"layers", IntDomain{0, 9}, {}};
    const Parameter size{"size",
                         OrdinalDomain{{std::string("xs"), std::string("s"), std::string("sm"),
                                        std::string("m"), std::string("l")}},
                         {}};
    const Parameter width{
        "width", CategoricalDomain{{std::int64_t{32}, std::int64_t{8}}}, {{"layers", {"2", "3"}}}};
    const Parameter depth{"depth", IntDomain{1, 2}, {{"layers", {"7"}}}};
    EXPECT_THAT(obstacles_to({rate, layers, size, width, depth}), IsEmpty());
    EXPECT_THAT(obstacles_to({rate, layers, size, width}, {{{"layers", {"4"}}}}), IsEmpty());
}

TEST(Extension, TypesScalesStepsAndOrdersStay) {
    EXPECT_THAT(obstacles_to({{"rate", FloatDomain{0.1, 1}, {}}, kLayers, kSize, kWidth}),
                ElementsAre("/search/space/rate/scale: must stay"));
    EXPECT_THAT(obstacles_to({kRate,
                              {"layers", IntDomain{1, 4, Scale::linear, 2}, {}},
                              kSize,
                              {"width", std::get<CategoricalDomain>(kWidth.domain), {}}}),
                testing::Contains("/search/space/layers/step: 1 -> 2, which must stay"));
    EXPECT_THAT(
        obstacles_to(
            {kRate, kLayers, {"size", CategoricalDomain{{std::string("s"), std::string("m")}}, {}}, kWidth}),
        ElementsAre("/search/space/size/type: ordinal -> categorical, which must stay"));
    EXPECT_THAT(
        obstacles_to(
            {kRate, kLayers, {"size", OrdinalDomain{{std::string("m"), std::string("s")}}, {}}, kWidth}),
        ElementsAre("/search/space/size/values: the values must keep their order"));
}

TEST(Extension, ATrialOutsideIsNamedWithItsParameter) {
    EXPECT_THAT(
        obstacles_to({{"rate", FloatDomain{0.3, 1, Scale::log}, {}}, kLayers, kSize, kWidth}),
        ElementsAre(
            "trial 1 lies outside of the new space: rate = 0.2 is not in the range or list any more"));
    EXPECT_THAT(obstacles_to({kLayers, kSize, kWidth}),
                ElementsAre(HasSubstr("trial 0 lies outside of the new space: rate is not searched any more"),
                            HasSubstr("trial 1")));
    EXPECT_THAT(
        obstacles_to({kRate, kLayers, kSize, kWidth, {"new", FloatDomain{0, 1}, {}}}),
        ElementsAre(HasSubstr("trial 0 lies outside of the new space: it has no new"), HasSubstr("trial 1")));
    EXPECT_THAT(
        obstacles_to({kRate, kLayers, kSize, {"width", kWidth.domain, {{"layers", {"3"}}}}}),
        ElementsAre("trial 1 lies outside of the new space: width = 8 would not exist in it any more"));
    EXPECT_THAT(obstacles_to({kRate, kLayers, kSize, kWidth}, {{{"size", {"s"}}}}),
                ElementsAre(HasSubstr(
                    "trial 0 lies outside of the new space: layers=1, rate=0.5, size=s is forbidden now")));
}

TEST(Extension, OfManyTrialsOutsideSomeAreNamed) {
    std::vector<Trial> many(9, trials().front());
    for (std::size_t i = 0; i < many.size(); ++i) many[i].id = static_cast<TrialId>(i);
    const auto lines =
        space_obstacles(SearchSpace({kRate, kLayers, kSize}), SearchSpace({kLayers, kSize}), many);
    ASSERT_EQ(lines.size(), 6U);
    EXPECT_EQ(lines.back(), "and so do 4 others");
}

}  // namespace
}  // namespace o2v::orchestrator
