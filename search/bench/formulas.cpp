#include <memory>

#include "search/bench/formulas.hpp"

#include "search/bench/order_statistics.hpp"
#include "search/problems/problems.hpp"

namespace o2v::bench_search {
namespace {

constexpr std::size_t kDraws = 200'000;  // the best of 100: known to 2.7 % in its rank
constexpr std::size_t kZeroDraws = 100;
constexpr std::uint64_t kSampleSeed = 20'000;

struct Row {
    const char* name;
    const char* problem;
    const char* group = "formulas";
    int dimensions = 0;  // of Ackley's function off its centre; 0 = the problem's own space
};
constexpr Row kRows[] = {{"branin", "branin"},
                         {"hartmann6", "hartmann6"},
                         {"ackley10", "ackley", "formulas", 10},
                         {"object2vec_like", "object2vec_like"},
                         {"ackley8", "ackley", kCostGroup, 8},
                         {"ackley40", "ackley", kCostGroup, 40}};

// Off its centre: with the optimum in the middle of the space a strategy that starts there would have won
// before it began.
SearchSpace space_of(const Row& row) {
    if (row.dimensions == 0) return problems::find_problem(row.problem)->space;
    std::vector<Parameter> parameters;
    for (int i = 0; i < row.dimensions; ++i) {
        std::string name = "x";
        parameters.push_back({name += std::to_string(i), FloatDomain{-32.8, 20}, {}});
    }
    return SearchSpace(std::move(parameters));
}

std::vector<double> sample(const std::string& problem, const SearchSpace& space) {
    Rng rng(derive_seed(kSampleSeed, 0));
    std::vector<double> unit(space.size()), values;
    values.reserve(kDraws);
    for (std::size_t i = 0; i < kDraws; ++i) {
        for (double& u : unit) u = uniform01(rng);
        values.push_back(problems::evaluate(problem, space.decode(unit)));
    }
    return values;
}

class Formula final : public Landscape {
  public:
    Formula(const Row& row, const SearchSpace& space)
        : Landscape(row.name, row.group, space, problems::find_problem(row.problem)->optimum,
                    sample(row.problem, space)),
          problem_(row.problem) {}

    double random_best(std::size_t n) const override { return median_best_of_sample(random_values(), n); }
    double zero(std::size_t) const override { return random_best(kZeroDraws); }
    std::optional<Assignment> place(const Assignment& suggested, const Study&) const override {
        return suggested;
    }
    double value(const Assignment& params) const override { return problems::evaluate(problem_, params); }

  private:
    std::string problem_;
};

}  // namespace

const std::vector<FormulaName>& formula_names() {
    static const std::vector<FormulaName> names = [] {
        std::vector<FormulaName> all;
        for (const Row& row : kRows) all.push_back({row.name, row.group});
        return all;
    }();
    return names;
}

std::unique_ptr<const Landscape> formula(const std::string& name) {
    for (const Row& row : kRows)
        if (row.name == name) return std::make_unique<Formula>(row, space_of(row));
    return nullptr;
}

}  // namespace o2v::bench_search
