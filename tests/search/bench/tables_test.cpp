// Grids and curves as landscapes, and what is refused as a table.
#include <cmath>

#include "search/bench/catalog.hpp"
#include "search/bench/grid_table.hpp"
#include "tests/search/bench/table_folder.hpp"

namespace o2v::bench_search {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;

class Tables : public TableFolder {
  protected:
    std::string refused_grid(const std::string& text) const {
        return refusal([&] { read_grid_table(gzip("grid.tsv.gz", text), "grid", "tests"); });
    }
    std::string refused_curves(const std::string& text) const {
        return refusal([&] { CurveTable(gzip("curves.tsv.gz", text), "curves", "tests"); });
    }
    static Study study_of(const Landscape& landscape) {
        StudySpec spec;
        spec.goal = least_loss();
        spec.space = landscape.space();
        return Study(spec);
    }
};

constexpr const char* kGrid =
    "units\tact\trate\tvalid_mse_seed0\tvalid_mse_seed1\n"
    "32\trelu\t0.1\t1\t3\n"
    "8\trelu\t0.1\t3\t5\n"
    "16\trelu\t0.1\t0.5\t1\n"
    "32\ttanh\t0.1\tnan\t7\n"
    "8\ttanh\t0.1\t8\t9\n"
    "16\ttanh\t0.1\tnan\tnan\n";

TEST_F(Tables, OfAGridKeepNumbersInOrderAndTextsAsCategories) {
    const auto grid = read_grid_table(gzip("grid.tsv.gz", kGrid), "grid", "tests");
    const std::vector<Parameter> expected{
        {"units", OrdinalDomain{{std::int64_t{8}, std::int64_t{16}, std::int64_t{32}}}, {}},
        {"act", CategoricalDomain{{std::string("relu"), std::string("tanh")}}, {}},
        {"rate", CategoricalDomain{{0.1}}, {}}};
    EXPECT_EQ(grid->space().parameters(), expected);
    EXPECT_EQ(grid->optimum(), 0.75);
}

// The mean over the seeds that gave a number.
TEST_F(Tables, OfAGridAnswerWithTheMeanOverTheSeeds) {
    const auto grid = read_grid_table(gzip("grid.tsv.gz", kGrid), "grid", "tests");
    const auto value = [&](std::int64_t units, const char* act) {
        return grid->value({{"units", units}, {"act", std::string(act)}, {"rate", 0.1}});
    };
    EXPECT_EQ(value(8, "relu"), 4);
    EXPECT_EQ(value(16, "relu"), 0.75);
    EXPECT_EQ(value(32, "tanh"), 7);
    EXPECT_TRUE(std::isnan(value(16, "tanh")));
    // 0.75 2 4 7 8.5 nan, best first. The best of 1 draw has its median at the third, of 2 at the second: of
    // the 15 pairs 5 hold the first and 9 the first or second.
    EXPECT_EQ(grid->random_best(1), 4);
    EXPECT_EQ(grid->random_best(2), 2);
    EXPECT_EQ(grid->random_best(6), 0.75);
    EXPECT_DOUBLE_EQ(grid->gap_closed(1, 2), (2 - 1) / (2 - 0.75));
    EXPECT_EQ(grid->gap_closed(std::nan(""), 2), -INFINITY);
}

TEST_F(Tables, ThatAreNoGridAreRefused) {
    EXPECT_THAT(refused_grid(""), HasSubstr("is empty"));
    EXPECT_THAT(refused_grid("a\tvalid_mse_seed0\n"), HasSubstr("has no rows"));
    EXPECT_THAT(refused_grid("a\tb\n1\t2\n"), HasSubstr("has no column valid_mse_seed0"));
    EXPECT_THAT(refused_grid("valid_mse_seed0\n1\n"), HasSubstr("has no column of a parameter"));
    EXPECT_THAT(refused_grid("a\ta\tvalid_mse_seed0\n"), HasSubstr("is the name of two columns"));
    EXPECT_THAT(refused_grid("a\t\tvalid_mse_seed0\n"), HasSubstr("a column has no name"));
    EXPECT_THAT(refused_grid("a\tvalid_mse_seed0\n1\tnan\n"), HasSubstr("has no value that is a number"));
    EXPECT_THAT(refused_grid("a\tvalid_mse_seed0\n1\t2\n2\t3\t4\n"),
                HasSubstr("grid.tsv.gz:3 = 3 cells: there must be 2"));
    EXPECT_THAT(refused_grid("a\tvalid_mse_seed0\n1\t2\n2\tfast\n"),
                HasSubstr("grid.tsv.gz:3: valid_mse_seed0 = \"fast\": must be a number"));
    EXPECT_THAT(refused_grid("a\tvalid_mse_seed0\n1\t2 \n"), HasSubstr("must be a number"));
    EXPECT_THAT(refused_grid("a\tb\tvalid_mse_seed0\n1\tx\t2\n2\ty\t3\n3\tx\t3\n"),
                HasSubstr("is not a full grid"));
    EXPECT_THAT(refused_grid("a\tb\tvalid_mse_seed0\n1\tx\t1\n2\tx\t1\n1\ty\t1\n1\tx\t1\n"),
                HasSubstr("grid.tsv.gz:5: repeats an earlier combination"));
}

constexpr const char* kCurves =
    "rate\tbeta\tdrop\tvalid_loss_0\tvalid_loss_1\ttest_loss_final\n"
    "0.001\t0.5\t0.2\t3\t1\t9\n"
    "0.01\t0\t0.4\t2\t1.5\t9\n"
    "1\t0.999\t0.3\t5\tnan\t9\n";

TEST_F(Tables, OfCurvesSpanTheirRowsOnAFittingScale) {
    const CurveTable table(gzip("curves.tsv.gz", kCurves), "curves", "tests");
    const std::vector<Parameter> expected{{"rate", FloatDomain{0.001, 1, Scale::log}, {}},
                                          {"beta", FloatDomain{0, 0.999, Scale::reverse_log}, {}},
                                          {"drop", FloatDomain{0.2, 0.4}, {}}};
    EXPECT_EQ(table.space().parameters(), expected);
    EXPECT_EQ(table.optimum(), 1);
    EXPECT_EQ(table.epochs(), 2u);
}

// Rates in unit coordinates are 0, 1/3 and 1.
TEST_F(Tables, OfCurvesAnswerWithTheNearestRowNotYetTried) {
    const CurveTable table(
        gzip("curves.tsv.gz", "rate\tvalid_loss_0\tvalid_loss_1\n1\t5\tnan\n0.001\t3\t1\n0.01\t2\t1.5\n"),
        "curves", "tests");
    Study study = study_of(table);
    const auto place = [&](double rate) { return table.place({{"rate", rate}}, study); };
    const auto row = [](double rate) { return std::optional(Assignment{{"rate", rate}}); };
    EXPECT_EQ(place(0.0031), row(0.001));  // 0.164
    EXPECT_EQ(place(0.0033), row(0.01));   // 0.173
    EXPECT_EQ(place(0.09), row(0.01));     // 0.651
    EXPECT_EQ(place(0.11), row(1));        // 0.680
    study.apply(TrialCreated{0, *row(0.01), 0});
    EXPECT_EQ(place(0.01), row(0.001));
    EXPECT_EQ(place(0.09), row(1));
    study.apply(TrialCreated{1, *row(0.001), 0});
    study.apply(TrialCreated{2, *row(1), 0});
    EXPECT_EQ(place(0.01), std::nullopt);
    EXPECT_THAT(std::vector<double>(table.curve(*row(0.01)).begin(), table.curve(*row(0.01)).end()),
                ElementsAre(2, 1.5));
    EXPECT_EQ(table.value(*row(0.001)), 1);
    EXPECT_TRUE(std::isnan(table.value(*row(1))));
}

TEST_F(Tables, ThatHoldNoCurvesAreRefused) {
    EXPECT_THAT(refused_curves(""), HasSubstr("is empty"));
    EXPECT_THAT(refused_curves("a\tvalid_loss_0\n"), HasSubstr("has no rows"));
    EXPECT_THAT(refused_curves("a\tb\n1\t2\n"), HasSubstr("has no column valid_loss_0"));
    EXPECT_THAT(refused_curves("a\tvalid_loss_0\tvalid_loss_2\n1\t2\t3\n"),
                HasSubstr("has no column valid_loss_1"));
    EXPECT_THAT(refused_curves("valid_loss_0\n1\n"), HasSubstr("has no column of a parameter"));
    EXPECT_THAT(refused_curves("a\tvalid_loss_0\nrelu\t1\n"),
                HasSubstr("curves.tsv.gz:2: a = \"relu\": must be a number"));
    EXPECT_THAT(refused_curves("a\tvalid_loss_0\ninf\t1\n"), HasSubstr("must be a finite number"));
    EXPECT_THAT(refused_curves("a\tvalid_loss_0\n1\tnan\n"), HasSubstr("has no number at the last epoch"));
    EXPECT_THAT(refused_curves("a\tvalid_loss_0\n1\t2\n1\t3\n"), HasSubstr("a=1: is listed twice"));
}

TEST_F(Tables, AreFoundByNameAndByFolder) {
    gzip("g/one.tsv.gz", kGrid);
    gzip("c/FixedTextRNNClassification_two.tsv.gz", kCurves);
    gzip("c/three.tsv.gz", kCurves);
    plain("c/notes.md", "no table");
    const auto names = [&](const std::vector<std::string>& wanted) {
        std::vector<std::string> all;
        for (const auto& landscape : load_landscapes(wanted, folder_.string()))
            all.push_back(landscape->name());
        return all;
    };
    EXPECT_THAT(names({}),
                ElementsAre("branin", "hartmann6", "ackley10", "object2vec_like", "two", "three", "one"));
    EXPECT_THAT(names({"three", "c", "branin"}), ElementsAre("three", "two", "branin"));
    EXPECT_EQ(load_curve_tables({}, folder_.string()).size(), 2u);

    const auto refused = [&](const std::string& name) { return refusal([&] { names({name}); }); };
    EXPECT_THAT(refused("brannin"), HasSubstr("did you mean \"branin\""));
    EXPECT_THAT(refusal([] { load_landscapes({"fcnet"}, ""); }), HasSubstr("more with --tables"));
    EXPECT_THAT(refusal([] { load_landscapes({}, "/nowhere"); }), HasSubstr("is not a folder"));
    EXPECT_THAT(refusal([&] { load_curve_tables({"one"}, folder_.string()); }),
                HasSubstr("is no table of learning curves"));
    EXPECT_THAT(refusal([] { load_curve_tables({}, ""); }), HasSubstr("must hold tables"));
    gzip("bad/one.tsv.gz", "a\tb\n1\t2\n");
    EXPECT_THAT(refused("bad"), HasSubstr("has neither columns"));
}

}  // namespace
}  // namespace o2v::bench_search
