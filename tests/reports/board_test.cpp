// Ties, several studies in one, several seeds, costs, what the best have in common, and the page.
#include <gmock/gmock.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/common_values.hpp"
#include "reports/html.hpp"
#include "reports/leaderboard.hpp"
#include "reports/seeds.hpp"
#include "search/study/errors.hpp"

namespace o2v::reports {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

StudySpec spec_of(const std::string& name, Direction direction = Direction::minimize) {
    StudySpec spec;
    spec.name = name;
    spec.goal = {"loss", direction};
    spec.space =
        SearchSpace({{"dim", IntDomain{32, 512, Scale::log}, {}},
                     {"optimizer", CategoricalDomain{{std::string("adam"), std::string("sgd")}}, {}}});
    return spec;
}

void complete(Study& study, const Assignment& params, double loss, std::uint64_t seed = 0) {
    const auto id = static_cast<TrialId>(study.trials().size());
    study.apply(TrialCreated{id, params, seed});
    study.apply(AttemptStarted{id, 1, "slot-" + std::to_string(id % 2) + "/pid-7", "cpu", "box", {}});
    Measurement measurement;
    measurement.metrics = {{"loss", loss}};
    measurement.elapsed = std::chrono::seconds(90);
    study.apply(Reported{id, 1, measurement});
    study.apply(TrialEnded{id, Completed{{{"loss", loss}}, 0, ""}});
}

Assignment config(std::int64_t dim, const std::string& optimizer = "adam") {
    return {{"dim", dim}, {"optimizer", optimizer}};
}

std::string shown(const std::vector<const Study*>& studies, const LeaderboardOptions& options = {}) {
    return '\n' + leaderboard(studies, options);
}

TEST(Ties, HaveOneRankAndTheNextIsAsManyFurther) {
    Study study(spec_of("one"));
    for (const double loss : {0.5, 0.25, 0.5, 0.75, 0.5}) complete(study, config(64), loss);
    study.apply(TrialCreated{5, config(64), 0});
    study.apply(AttemptStarted{5, 1, "slot-0/pid-7", "", "", {}});
    Measurement measurement;
    measurement.metrics = {{"loss", 0.75}};
    study.apply(Reported{5, 1, measurement});
    study.apply(TrialEnded{5, Pruned{"as good, but pruned", false}});
    EXPECT_EQ(shown({&study}), R"(
rank  trial  state        loss  epochs  seconds  dim  optimizer
   1      1  completed  0.2500       1     90.0   64  adam
  =2      0  completed  0.5000       1     90.0   64  adam
  =2      2  completed  0.5000       1     90.0   64  adam
  =2      4  completed  0.5000       1     90.0   64  adam
   5      3  completed  0.7500       1     90.0   64  adam
   6      5  pruned     0.7500       1      0.0   64  adam
)");
    EXPECT_THAT(leaderboard(study, {Format::csv, true}), HasSubstr("\n2,4,completed,0.5,"));
    EXPECT_EQ(json::parse(leaderboard(study, {Format::json, true}))[3]["rank"], 2);
}

TEST(SeveralStudies, AreOneBoardWithAColumnForTheirNames) {
    StudySpec other = spec_of("b|");
    other.space = SearchSpace({{"dim", IntDomain{32, 512, Scale::log}, {}}, {"rate", FloatDomain{0, 1}, {}}});
    Study a(spec_of("a")), b(other);
    complete(a, config(64), 0.5);
    complete(a, config(32, "sgd"), 0.125);
    complete(b, {{"dim", std::int64_t{48}}, {"rate", 0.5}}, 0.25);
    EXPECT_EQ(shown({&a, &b}), R"(
rank  study  trial  state        loss  epochs  seconds  dim  optimizer  rate
   1  a          1  completed  0.1250       1     90.0   32  sgd           -
   2  b|         0  completed  0.2500       1     90.0   48  -           0.5
   3  a          0  completed  0.5000       1     90.0   64  adam          -
)");
    EXPECT_THAT(shown({&a, &b}, {Format::csv, true}), HasSubstr("\n2,b|,0,completed,0.25,1,90,48,,0.5,0,\n"));
    EXPECT_THAT(shown({&a, &b}, {Format::markdown}), HasSubstr("| 2 | b\\| | 0 |"));
    EXPECT_EQ(json::parse(shown({&a, &b}, {Format::json}))[1]["study"], "b|");
}

TEST(SeveralStudies, OfDifferentGoalsAreRefusedWithBothNames) {
    StudySpec other = spec_of("third");
    other.goal.metric = "accuracy";
    const Study a(spec_of("first")), b(spec_of("second", Direction::maximize)), c(other);
    const auto message = [](const std::vector<const Study*>& studies) -> std::string {
        try {
            return leaderboard(studies, {});
        } catch (const InputError& e) {
            return e.what();
        }
    };
    EXPECT_EQ(message({&a, &a, &b}),
              "leaderboard: the studies have different goals: first minimizes loss, second maximizes loss");
    EXPECT_EQ(
        message({&a, &c}),
        "leaderboard: the studies have different goals: first minimizes loss, third minimizes accuracy");
}

TEST(Seeds, OfOneConfigurationAreARowWithMeanAndInterval) {
    Study a(spec_of("a")), b(spec_of("b"));
    complete(a, config(64), 0.1, 1);
    complete(a, config(128), 0.18, 2);
    complete(a, config(64), 0.2, 3);
    complete(b, config(64), 0.3, 4);
    complete(b, config(64), 0.1, 1);  // the very trial of a's: says nothing new
    complete(b, config(256), std::nan(""), 5);
    // Of 0.1, 0.2, 0.3: mean 0.2, standard deviation 0.1, 4.302652729749462 * 0.1 / sqrt(3) = 0.24841377.
    EXPECT_EQ(shown({&a, &b}, {Format::text, false, {}, true}), R"(
rank  trials       seeds  mean loss     from  to (95 %)  seconds  dim  optimizer
   1  a/1              1     0.1800        -          -     90.0  128  adam
   2  a/0 a/2 b/0      3     0.2000  -0.0484     0.4484     90.0   64  adam
)");
    const json rows = json::parse(shown({&a, &b}, {Format::json, false, {}, true}));
    EXPECT_EQ(rows[0]["low"], nullptr);
    EXPECT_NEAR(rows[1]["low"].get<double>(), 0.2 - 0.2484137712, 1e-9);
    EXPECT_EQ(rows[1]["runs"][2], (json{{"study", "b"}, {"trial", 0}, {"seed", 4}, {"value", 0.3}}));
    EXPECT_THAT(shown({&a, &b}, {Format::csv, false, {}, true}), HasSubstr("\n1,a/1,1,0.18,,,90,128,adam\n"));
    EXPECT_THAT(shown({&a}),
                HasSubstr("\nrun with several seeds: 1 configuration; --group shows their means\n"));
    EXPECT_THAT(shown({&b}), Not(HasSubstr("several seeds: 1 configurations")));
}

TEST(Seeds, AFixedParameterIsPartOfTheConfiguration) {
    StudySpec longer = spec_of("b");
    longer.fixed = {{"epochs", std::int64_t{9}}};
    Study a(spec_of("a")), b(longer);
    complete(a, config(64), 0.1, 1);
    complete(b, config(64), 0.2, 2);
    EXPECT_EQ(json::parse(shown({&a, &b}, {Format::json, false, {}, true})).size(), 2U);
    EXPECT_EQ(shown({&a}, {Format::text, false, {}, true}).find("several seeds"), std::string::npos);
    const Study none(spec_of("none"));
    EXPECT_EQ(leaderboard(none, {Format::text, false, {}, true}),
              "no configuration has completed with a number yet\n");
}

// Two slots: each costs half of the machine. 90 s at 4 an hour are 0.1, of half the machine 0.05.
TEST(Cost, IsTheSlotsShareOfTheMachinesPrice) {
    Study study(spec_of("a"));
    complete(study, config(64), 0.5);
    complete(study, config(32), 0.25);
    LeaderboardOptions options;
    options.price_per_hour = 4;
    EXPECT_EQ(shown({&study}, options), R"(
rank  trial  state        loss  epochs  seconds  cost  dim  optimizer
   1      1  completed  0.2500       1     90.0  0.05   32  adam
   2      0  completed  0.5000       1     90.0  0.05   64  adam

all trials cost 0.1, at 4 an hour for the machine
)");
    options.format = Format::json;
    EXPECT_EQ(json::parse(leaderboard(study, options))[0]["cost"], 0.05);
    options.format = Format::csv;
    EXPECT_THAT(leaderboard(study, options), HasSubstr(",seconds,cost,dim,"));
    options.group = true;
    EXPECT_THAT(leaderboard(study, options), HasSubstr("0.05,32,adam"));
}

TEST(CommonValues, AreNamedWhenTheyAreNoAccident) {
    Study study(spec_of("a"));
    // The best 6 of 60 have dims near 100 and adam; the others are spread over all.
    for (int i = 0; i < 60; ++i) {
        const bool good = i % 10 == 0;
        complete(study, good ? config(100 + i / 10, "adam") : config(32 + 8 * i, i % 2 == 0 ? "adam" : "sgd"),
                 good ? 0.1 + i * 0.001 : 1 + i);
    }
    EXPECT_THAT(shown({&study}),
                HasSubstr("\nthe best 6 of 60 have in common: dim 100 to 105 (space 32 to 512)"));
    // 33 of 60 have adam: C(33, 6) / C(60, 6) = 0.0221 is below 0.05 / 2.
    EXPECT_THAT(shown({&study}), HasSubstr(", optimizer adam\n"));
    EXPECT_THAT(shown({&study}, {Format::markdown}), HasSubstr("have in common: dim 100"));
    EXPECT_THAT(shown({&study}, {Format::csv}), Not(HasSubstr("in common")));
}

TEST(CommonValues, OfFewTrialsOrOfNoOrderAreNone) {
    Study few(spec_of("few"));
    for (int i = 0; i < 14; ++i) complete(few, config(32 + i, i < 5 ? "adam" : "sgd"), i);
    EXPECT_THAT(shown({&few}), Not(HasSubstr("in common")));
    Study random(spec_of("random"));
    for (int i = 0; i < 60; ++i)
        complete(random, config(32 + (i * 37) % 60 * 8, i % 2 == 0 ? "adam" : "sgd"), i);
    EXPECT_THAT(shown({&random}), Not(HasSubstr("in common")));
}

// All draws of 3 out of 6 counted by hand: 20 in all, 4 of span 3, 3 * 2 of span 4.
TEST(CommonValues, ChanceOfASpanIsExact) {
    EXPECT_NEAR(chance_of_span(3, 3, 6), 4.0 / 20, 1e-12);
    EXPECT_NEAR(chance_of_span(3, 4, 6), 10.0 / 20, 1e-12);
    EXPECT_NEAR(chance_of_span(3, 6, 6), 1, 1e-12);
}

TEST(Html, IsAPageInWhichNamesAreHarmless) {
    StudySpec spec = spec_of("<script>alert(1)</script>");
    spec.space =
        SearchSpace({{"a\"b", CategoricalDomain{{std::string("<img onerror='x'>"), std::string("&")}}, {}}});
    Study study(spec);
    complete(study, {{"a\"b", "<img onerror='x'>"}}, 0.5);
    const std::string page = leaderboard(study, {Format::html});
    EXPECT_THAT(page, HasSubstr("<title>Leaderboard: &lt;script&gt;alert(1)&lt;/script&gt;</title>"));
    EXPECT_THAT(page, HasSubstr("<td>&lt;img onerror=&#39;x&#39;&gt;</td>"));
    EXPECT_THAT(page, HasSubstr(">a&quot;b</button>"));
    EXPECT_THAT(page, Not(HasSubstr("<img")));
    EXPECT_THAT(page, HasSubstr("<td class=\"number\">0.5000</td>"));
    EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
    EXPECT_THAT(page, Not(HasSubstr("http://")));
    EXPECT_EQ(html_escaped("\x1B[31m\xFF"), "\xEF\xBF\xBD[31m\xEF\xBF\xBD");
    EXPECT_THAT(leaderboard(Study(spec), {Format::html}), HasSubstr("<p>no trials yet</p>"));
}

}  // namespace
}  // namespace o2v::reports
