// Branin-Hoo: F. H. Branin, IBM J. Res. Dev. 16 (1972) 504-522; constants and minima as in Surjanovic &
// Bingham, "Virtual Library of Simulation Experiments", https://www.sfu.ca/~ssurjano/branin.html. Three equal
// minima, at
// (-pi, 12.275), (pi, 2.275) and (3 pi, 2.475).
#include <cmath>
#include <numbers>

#include "search/problems/families.hpp"
#include "search/problems/parameters.hpp"

namespace o2v::problems {
namespace {

using std::numbers::pi;

double value(const Assignment& params) {
    const double x = number(params, "x0");
    const double y = number(params, "x1");
    const double valley = y - 5.1 / (4 * pi * pi) * x * x + 5 / pi * x - 6;
    return valley * valley + 10 * (1 - 1 / (8 * pi)) * std::cos(x) + 10;
}

}  // namespace

Family branin() {
    SearchSpace space({{"x0", FloatDomain{-5, 10}, {}}, {"x1", FloatDomain{0, 15}, {}}});
    return {{"branin", std::move(space), least_loss(), 10 / (8 * pi), "two floats, three equal minima"},
            value,
            50};
}

}  // namespace o2v::problems
