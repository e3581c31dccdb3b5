#include "search/problems/problems.hpp"

#include <cassert>
#include <cmath>

#include "search/problems/families.hpp"
#include "search/problems/parameters.hpp"
#include "search/study/errors.hpp"

namespace o2v::problems {
namespace {

// The catalog.
const std::vector<Family>& families() {
    static const std::vector<Family> table{branin(), hartmann6(), ackley(), object2vec_like()};
    return table;
}

const Family& family(const std::string& name) {
    std::vector<std::string> names;
    std::string known;
    for (const Family& f : families()) {
        if (f.info.name == name) return f;
        names.push_back(f.info.name);
        known += (known.empty() ? "" : ", ") + f.info.name;
    }
    const std::string nearest = nearest_name(name, names);
    throw InputError("problem", '"' + name + '"',
                     "is not a problem" + (nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?") +
                         " (there are: " + known + ")");
}

}  // namespace

Goal least_loss() {
    return {"validation:loss", Direction::minimize};
}

SearchSpace cube(std::size_t n, double min, double max) {
    std::vector<Parameter> parameters;
    for (std::size_t i = 0; i < n; ++i) parameters.push_back({coordinate(i), FloatDomain{min, max}, {}});
    return SearchSpace(std::move(parameters));
}

const std::vector<ProblemInfo>& problems() {
    static const std::vector<ProblemInfo> infos = [] {
        std::vector<ProblemInfo> all;
        for (const Family& f : families()) all.push_back(f.info);
        return all;
    }();
    return infos;
}

const ProblemInfo* find_problem(const std::string& name) {
    for (const ProblemInfo& info : problems())
        if (info.name == name) return &info;
    return nullptr;
}

double evaluate(const std::string& name, const Assignment& params) {
    return family(name).value(params);
}

double learning_curve(const std::string& name, const Assignment& params, std::uint64_t seed,
                      std::int64_t epoch, std::int64_t epochs) {
    assert(epoch >= 0 && epoch < epochs);
    const Family& problem = family(name);
    const double last = problem.value(params);
    if (epoch + 1 >= epochs) return last;
    Rng of_trial(seed);
    Rng of_epoch(derive_seed(seed, static_cast<std::uint64_t>(epoch)));
    const double done = static_cast<double>(epoch + 1) / static_cast<double>(epochs);
    const double speed = 2 + 4 * uniform01(of_trial);
    const double left = (std::exp(-speed * done) - std::exp(-speed)) / (1 - std::exp(-speed));
    const double noise = 0.1 * (uniform01(of_epoch) - 0.5) * (1 - done);
    return last + problem.spread * (left + noise);
}

}  // namespace o2v::problems
