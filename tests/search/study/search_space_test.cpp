#include "search/study/search_space.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "search/study/errors.hpp"

namespace o2v {
namespace {

using Integer = std::int64_t;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Parameter category(const std::string& name, const std::vector<std::string>& values,
                   std::vector<Condition> only_if = {}) {
    return {name, CategoricalDomain{{values.begin(), values.end()}}, std::move(only_if)};
}

std::string complaints(std::vector<Parameter> parameters) {
    try {
        SearchSpace space(std::move(parameters));
    } catch (const InputError& e) {
        return e.what();
    }
    return "none";
}

struct Wrong {
    const char* name;
    std::vector<Parameter> parameters;
    const char* message;
};

class WrongSpace : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongSpace, IsRefusedWithTheReason) {
    EXPECT_EQ(complaints(GetParam().parameters), GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Each, WrongSpace,
    ::testing::Values(
        Wrong{"ReversedFloat", {{"lr", FloatDomain{3, 1}, {}}}, "/lr/min = 3: must not be above max, 1"},
        Wrong{"ReversedInt", {{"n", IntDomain{3, 1}, {}}}, "/n/min = 3: must not be above max, 1"},
        Wrong{"InfiniteMin",
              {{"lr", FloatDomain{-kInfinity, 1}, {}}},
              "/lr/min = -inf: must be a finite number"},
        Wrong{
            "InfiniteMax", {{"lr", FloatDomain{0, kInfinity}, {}}}, "/lr/max = inf: must be a finite number"},
        Wrong{"LogFloatFromZero",
              {{"lr", FloatDomain{0, 1, Scale::log}, {}}},
              "/lr/min = 0: must be greater than 0 on a log scale"},
        Wrong{"LogIntFromZero",
              {{"n", IntDomain{0, 9, Scale::log}, {}}},
              "/n/min = 0: must be greater than 0 on a log scale"},
        Wrong{"LogIntTooFar",
              {{"n", IntDomain{kMaxIntegers, kMaxIntegers + 1, Scale::log}, {}}},
              "/n/max = 1099511627777: must be at most 2^40 on a log scale"},
        Wrong{"ReverseLogBelowZero",
              {{"m", FloatDomain{-0.5, 0.5, Scale::reverse_log}, {}}},
              "/m/min = -0.5: must be at least 0 on a reverse_log scale"},
        Wrong{"ReverseLogToOne",
              {{"m", FloatDomain{0, 1, Scale::reverse_log}, {}}},
              "/m/max = 1: must be less than 1 on a reverse_log scale"},
        Wrong{"ReverseLogInt",
              {{"n", IntDomain{0, 9, Scale::reverse_log}, {}}},
              "/n/scale = reverse_log: is for floats; an integer takes linear or log"},
        Wrong{
            "TooManyInts",
            {{"n", IntDomain{std::numeric_limits<Integer>::min(), std::numeric_limits<Integer>::max()}, {}}},
            "/n/max = 9223372036854775807: leaves more than 2^40 integers to choose from; take a float"},
        Wrong{"NoValues", {{"c", CategoricalDomain{}, {}}}, "/c/values: needs at least one value"},
        Wrong{"RepeatedValue",
              {{"c", CategoricalDomain{{Integer{1}, std::string("1")}}, {}}},
              "/c/values = 1: is given twice"},
        Wrong{"NaNValue",
              {{"c", CategoricalDomain{{std::numeric_limits<double>::quiet_NaN()}}, {}}},
              "/c/values = nan: must be a finite number"},
        Wrong{"NoName", {{"", FloatDomain{}, {}}}, "/: a parameter's name must not be empty"},
        Wrong{"RepeatedName", {{"a", FloatDomain{}, {}}, {"a", IntDomain{}, {}}}, "/a: is given twice"},
        Wrong{"UnknownParent",
              {category("encoder", {"x"}), {"w", IntDomain{}, {{"encodr", {"x"}}}}},
              "/w/only_if = encodr: is not a parameter of the space; did you mean encoder?"},
        Wrong{"ValueOfNoParent",
              {category("encoder", {"hcnn", "bilstm"}), {"w", IntDomain{}, {{"encoder", {"hcn"}}}}},
              "/w/only_if/encoder = hcn: is not a value that encoder can take; did you mean hcnn?"},
        Wrong{"IntOutsideTheParent",
              {{"n", IntDomain{1, 3}, {}}, {"w", IntDomain{}, {{"n", {"4"}}}}},
              "/w/only_if/n = 4: is not a value that n can take"},
        Wrong{"IntWrittenOddly",
              {{"n", IntDomain{1, 3}, {}}, {"w", IntDomain{}, {{"n", {"02"}}}}},
              "/w/only_if/n = 02: is not a value that n can take"},
        Wrong{"ConditionWithoutValues",
              {category("encoder", {"hcnn"}), {"w", IntDomain{}, {{"encoder", {}}}}},
              "/w/only_if/encoder: needs at least one value"},
        Wrong{"Cycle",
              {{"top", IntDomain{0, 1}, {{"b", {"1"}}}},
               {"a", IntDomain{0, 1}, {{"b", {"1"}}}},
               {"b", IntDomain{0, 1}, {{"a", {"1"}}}}},
              "/b/only_if = b -> a -> b: the conditions form a cycle"},
        Wrong{"OwnParent",
              {{"a", IntDomain{0, 1}, {{"a", {"1"}}}}},
              "/a/only_if = a -> a: the conditions form a cycle"},
        Wrong{"TwoThings",
              {{"lr", FloatDomain{3, 1}, {}}, {"c", CategoricalDomain{}, {}}},
              "/lr/min = 3: must not be above max, 1\n/c/values: needs at least one value"}),
    [](const auto& tested) { return std::string(tested.param.name); });

// c -> b -> a, given the wrong way round.
SearchSpace nested() {
    return SearchSpace({{"c", FloatDomain{0, 1}, {{"b", {"2", "3"}}}},
                        {"free", FloatDomain{0, 1}, {}},
                        {"b", IntDomain{1, 3}, {{"a", {"on"}}}},
                        category("a", {"on", "off"})});
}

TEST(SearchSpace, PutsParentsFirstAndElseKeepsTheOrder) {
    const SearchSpace space = nested();
    std::vector<std::string> names;
    for (const Parameter& p : space.parameters()) names.push_back(p.name);
    EXPECT_EQ(names, (std::vector<std::string>{"free", "a", "b", "c"}));
    EXPECT_EQ(space.find("b")->name, "b");
    EXPECT_EQ(space.find("x"), nullptr);
}

TEST(SearchSpace, DecodesTheActiveParametersOnly) {
    const SearchSpace space = nested();
    EXPECT_EQ(to_text(space.decode(std::vector{0.5, 0.0, 0.9, 0.25})), "a=on, b=3, c=0.25, free=0.5");
    EXPECT_EQ(to_text(space.decode(std::vector{0.5, 0.0, 0.1, 0.25})), "a=on, b=1, free=0.5");
    EXPECT_EQ(to_text(space.decode(std::vector{0.5, 0.9, 0.9, 0.25})), "a=off, free=0.5");
}

TEST(SearchSpace, ContainsExactlyTheActiveParametersInTheirDomains) {
    const SearchSpace space = nested();
    const Assignment good{{"a", "on"}, {"b", Integer{2}}, {"c", 0.5}, {"free", 0.5}};
    EXPECT_TRUE(space.contains(good));
    const auto changed = [&](const std::string& name, const ParamValue& value) {
        Assignment params = good;
        params[name] = value;
        return params;
    };
    EXPECT_FALSE(space.contains(changed("b", Integer{1}))) << "c is present but inactive";
    EXPECT_FALSE(space.contains(changed("a", "off"))) << "b is present but inactive";
    EXPECT_FALSE(space.contains(changed("c", 1.5)));
    EXPECT_FALSE(space.contains(changed("unknown", 1.5)));
    EXPECT_FALSE(space.contains({{"a", "off"}})) << "free is missing";
    EXPECT_TRUE(SearchSpace().contains({}));
}

TEST(SearchSpace, AConditionMayNameANumber) {
    const SearchSpace space(
        {{"x", CategoricalDomain{{0.5, 1.5}}, {}}, {"y", IntDomain{0, 1}, {{"x", {"0.5"}}}}});
    EXPECT_TRUE(space.contains({{"x", 0.5}, {"y", Integer{1}}}));
    EXPECT_TRUE(space.contains({{"x", 1.5}}));
}

TEST(SearchSpace, ConditionsMeetAStepThatIsWrittenAsADecimal) {
    const SearchSpace space({{"x", FloatDomain{0, 0.8, Scale::linear, 0.1}, {}},
                             {"y", IntDomain{0, 1}, {{"x", {"0.6"}}}},
                             {"z", IntDomain{0, 1}, {{"x", {}, std::nullopt, 0.3}}}},
                            {{Condition{"x", {"0.7"}}}});
    const auto at = [&](int step) { return space.decode(std::vector{(step + 0.5) / 9, 0.5, 0.5}); };
    EXPECT_TRUE(at(6).contains("y"));
    EXPECT_TRUE(at(3).contains("z"));
    EXPECT_FALSE(at(4).contains("z"));
    EXPECT_TRUE(space.forbids(at(7)));
}

TEST(SearchSpace, AllConditionsMustHold) {
    const SearchSpace space({{"x", IntDomain{0, 1}, {}},
                             {"y", IntDomain{0, 1}, {}},
                             {"z", IntDomain{0, 1}, {{"x", {"1"}}, {"y", {"1"}}}}});
    EXPECT_FALSE(space.decode(std::vector{0.9, 0.1, 0.1}).contains("z"));
    EXPECT_TRUE(space.decode(std::vector{0.9, 0.9, 0.1}).contains("z"));
}

}  // namespace
}  // namespace o2v
