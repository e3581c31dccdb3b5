// Ackley's function: D. H. Ackley, "A Connectionist Machine for Genetic Hillclimbing" (1987), with a = 20, b
// = 0.2, c = 2 pi as in Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/ackley.html. Minimum 0 at the
// origin, in any number of dimensions; a local one near every point with whole coordinates.
#include <cmath>
#include <numbers>

#include "search/problems/families.hpp"
#include "search/problems/parameters.hpp"

namespace o2v::problems {
namespace {

// As many dimensions as there are parameters x0, x1, ... without a gap, at least one.
double value(const Assignment& params) {
    std::size_t n = 1;
    while (params.contains(coordinate(n))) ++n;
    double squares = 0;
    double waves = 0;
    for (const double x : vector_of(params, n)) {
        squares += x * x;
        waves += std::cos(2 * std::numbers::pi * x);
    }
    const auto d = static_cast<double>(n);
    return -20 * std::exp(-0.2 * std::sqrt(squares / d)) - std::exp(waves / d) + 20 + std::numbers::e;
}

}  // namespace

Family ackley() {
    return {{"ackley", cube(5, -32.768, 32.768), least_loss(), 0,
             "five floats (or any number of x0, x1, ...), many "
             "local minima"},
            value,
            10};
}

}  // namespace o2v::problems
