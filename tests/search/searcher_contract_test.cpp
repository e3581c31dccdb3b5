// What every searcher of the catalog must do, whatever it is.
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "search/catalog.hpp"
#include "tests/search/playing.hpp"
#include "tests/search/spaces.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;

class SearcherContract : public ::testing::TestWithParam<std::string> {
  protected:
    static StudySpec spec(SearchSpace space, std::uint64_t seed = 1) {
        StudySpec spec = spec_of(std::move(space));
        spec.search.strategy = GetParam();
        spec.search.seed = seed;
        spec.search.grid_points = 3;
        spec.search.population = 60;
        return spec;
    }
    static std::unique_ptr<Searcher> searcher_for(const Study& study) { return make_searcher(study.spec()); }
    static std::optional<Assignment> ask(const Searcher& searcher, const Study& study) {
        auto suggestion = o2v::testing::ask(searcher, study);
        return suggestion ? std::optional(std::move(suggestion->params)) : std::nullopt;
    }
    // Up to n trials, the k-th of which does what `live` says. Returns the assignments.
    template <class Live>
    static std::vector<Assignment> play(Study& study, const Searcher& searcher, int n, Live live) {
        std::vector<Assignment> all;
        for (int k = 0; k < n; ++k) {
            const auto params = ask(searcher, study);
            if (!params) break;
            all.push_back(*params);
            live(study, *params, k);
        }
        return all;
    }
    static std::vector<Assignment> play(Study& study, const Searcher& searcher, int n) {
        return play(study, searcher, n, complete_with_size);
    }
    static void complete_with_size(Study& study, const Assignment& params, int k) {
        run_to_end(study, {static_cast<double>(to_text(params).size() * 7 % 5 + k % 3)}, params);
    }
};

std::string name_of(const ::testing::TestParamInfo<std::string>& tested) {
    return tested.param;
}

std::vector<std::string> names() {
    std::vector<std::string> all;
    for (const CatalogEntry& entry : searchers()) all.push_back(entry.name);
    return all;
}

INSTANTIATE_TEST_SUITE_P(Catalog, SearcherContract, ::testing::ValuesIn(names()), name_of);

// Seed 1; the law holds for every suggestion, so there are no false alarms.
TEST_P(SearcherContract, StaysInTheSpaceHonoursConditionsAndNeverRepeats) {
    for (const SearchSpace& space : {mixed_space(), floats_space(1), floats_space(6), eight_assignments()}) {
        Study study(spec(space));
        std::set<Assignment> seen;
        for (const Assignment& params : play(study, *searcher_for(study), 200)) {
            EXPECT_TRUE(space.contains(params)) << to_text(params);
            EXPECT_TRUE(seen.insert(params).second) << to_text(params) << " came again";
        }
        EXPECT_FALSE(seen.empty());
    }
}

TEST_P(SearcherContract, IsAFunctionOfHistoryAndGenerator) {
    Study study(spec(mixed_space()));
    const auto searcher = searcher_for(study);
    play(study, *searcher, 25);
    const auto answer = ask(*searcher, study);
    EXPECT_EQ(ask(*searcher, study), answer) << "asked again";
    EXPECT_EQ(ask(*searcher_for(study), study), answer) << "a new searcher";
    const Study copy = study;
    EXPECT_EQ(ask(*searcher, copy), answer) << "a copy of the study";

    Study other(spec(mixed_space(), 99));
    play(other, *searcher, 25,
         [](Study& s, const Assignment& params, int k) { run_to_end(s, {-1.0 * k}, params); });
    EXPECT_EQ(ask(*searcher, study), answer) << "after it served another study";
}

TEST_P(SearcherContract, AResumedStudyIsAsAnUninterruptedOne) {
    Study whole(spec(mixed_space()));
    const auto expected = play(whole, *searcher_for(whole), 40);
    Study resumed(spec(mixed_space()));
    std::vector<Assignment> got;
    for (int i = 0; i < 40; ++i) {
        const auto one =
            play(resumed, *searcher_for(resumed), 1,
                 [&](Study& s, const Assignment& params, int) { complete_with_size(s, params, i); });
        got.insert(got.end(), one.begin(), one.end());
    }
    EXPECT_EQ(got, expected);
}

TEST_P(SearcherContract, ExhaustsAFiniteSpaceAndThenSaysSo) {
    Study study(spec(eight_assignments()));
    const auto searcher = searcher_for(study);
    EXPECT_EQ(play(study, *searcher, 100).size(), 8U);
    EXPECT_EQ(ask(*searcher, study), std::nullopt);
    EXPECT_EQ(ask(*searcher_for(study), study), std::nullopt) << "a new searcher";
}

TEST_P(SearcherContract, ASpaceOfFloatsDoesNotEndWhereMostOfItIsForbidden) {
    StudySpec narrow = spec(SearchSpace({{"x", FloatDomain{0, 1}, {}}}, {{Condition{"x", {}, 0.02}}}));
    narrow.search.grid_points = 2000;
    Study study(narrow);
    const auto all = play(study, *searcher_for(study), 20);
    EXPECT_EQ(all.size(), 20U);
    for (const Assignment& params : all) EXPECT_TRUE(narrow.space.contains(params)) << to_text(params);
}

TEST_P(SearcherContract, AOnePointSpaceAndAnEmptyOneHaveOneTrial) {
    for (const SearchSpace& space : {one_point(), SearchSpace()}) {
        Study study(spec(space));
        const auto all = play(study, *searcher_for(study), 10);
        ASSERT_EQ(all.size(), 1U);
        EXPECT_TRUE(space.contains(all.front()));
    }
}

TEST_P(SearcherContract, SurvivesEveryKindOfResult) {
    constexpr double inf = std::numeric_limits<double>::infinity();
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    for (const Direction direction : {Direction::minimize, Direction::maximize}) {
        StudySpec odd = spec(mixed_space());
        odd.goal.direction = direction;
        Study study(odd);
        const auto live = [&](Study& s, const Assignment& params, int k) {
            const std::vector<double> values{nan, inf, -inf, 1, 1, 1, 1e308, -1e308, 0};
            const double value = values[static_cast<std::size_t>(k) % values.size()];
            switch (k % 5) {
                case 0:
                    create(s, params);
                    break;
                case 1:
                    run(s, {value}, params);
                    break;
                case 2:
                    s.apply(TrialEnded{run(s, {value}, params), Failure{}});
                    break;
                case 3:
                    s.apply(TrialEnded{run(s, {value}, params), Pruned{"", k % 2 == 0}});
                    break;
                default:
                    run_to_end(s, {value}, params);
            }
        };
        for (const Assignment& params : play(study, *searcher_for(study), 60, live))
            EXPECT_TRUE(study.spec().space.contains(params)) << to_text(params);
        EXPECT_EQ(study.trials().size(), 60U);
    }
}

TEST_P(SearcherContract, SurvivesNothingButTies) {
    Study study(spec(mixed_space()));
    const auto live = [](Study& s, const Assignment& params, int) { run_to_end(s, {1}, params); };
    EXPECT_EQ(play(study, *searcher_for(study), 60, live).size(), 60U);
}

TEST_P(SearcherContract, DoesNotRepeatATrialThatSomebodyElseChose) {
    Study study(spec(eight_assignments()));
    create(study, {{"a", "y"}, {"c", std::int64_t{1}}});
    create(study, {{"a", "elsewhere"}});
    EXPECT_EQ(play(study, *searcher_for(study), 100).size(), 7U);
}

}  // namespace
}  // namespace o2v::search
