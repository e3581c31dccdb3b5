#include "orchestrator/enqueue.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "search/study/errors.hpp"
#include "tests/orchestrator/random_events.hpp"

namespace o2v::orchestrator {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Experiment experiment() {
    Experiment e = random_experiment();
    e.study.space = SearchSpace({{"x0", FloatDomain{-5, 10}, {}, 2.5}, {"x1", FloatDomain{0, 15}, {}}},
                                {{{"x0", {}, 9.0}, {"x1", {}, 9.0}}});
    return e;
}

std::string error_of(const json& given) {
    try {
        complete_configuration(experiment(), given, "more.json: ");
    } catch (const InputError& e) {
        return e.what();
    }
    return "no error";
}

TEST(Enqueue, AConfigurationIsCompleted) {
    EXPECT_EQ(complete_configuration(experiment(), {{"x1", 3}}, ""), (Assignment{{"x0", 2.5}, {"x1", 3.0}}));
}

TEST(Enqueue, WhatIsWrongIsSaidAsOfAnExperimentsOwn) {
    EXPECT_THAT(error_of({{"x1", 30}}), HasSubstr("more.json: /x1 = 30: is not in the range or list"));
    EXPECT_THAT(error_of({{"x2", 3}}), HasSubstr("x2"));
    EXPECT_THAT(error_of({{"x0", 9.5}, {"x1", 9.5}}), HasSubstr("is a forbidden combination"));
    EXPECT_THAT(error_of(json::array()), HasSubstr("must be an object"));
}

TEST(Enqueue, SettingsAreReadAsWhatTheSpaceHolds) {
    const SearchSpace space({{"layers", CategoricalDomain{{std::string("1"), std::string("true")}}, {}},
                             {"network", CategoricalDomain{{std::string("cnn")}}, {}},
                             {"width", IntDomain{1, 9}, {}}});
    EXPECT_EQ(
        settings_json(space, {"layers=1", "network=cnn", "width=3", "lr=1e-3", "tied=false", "formula=a=b"}),
        (json{{"layers", "1"},
              {"network", "cnn"},
              {"width", 3},
              {"lr", 1e-3},
              {"tied", false},
              {"formula", "a=b"}}));
    EXPECT_EQ(settings_json(space, {"layers=true"}), (json{{"layers", "true"}}));
    for (const char* wrong : {"width", "=3", ""})
        EXPECT_THROW(settings_json(space, {wrong}), InputError) << wrong;
    EXPECT_THROW(settings_json(space, {"width=3", "width=4"}), InputError);
}

}  // namespace
}  // namespace o2v::orchestrator
