// Hartmann's function in six dimensions: L. C. W. Dixon & G. P. Szego, "Towards Global Optimisation 2"
// (1978); constants as in Surjanovic & Bingham, https://www.sfu.ca/~ssurjano/hart6.html. Minimum -3.32237 at
// (0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573), five other local minima.
#include <array>
#include <cmath>

#include "search/problems/families.hpp"
#include "search/problems/parameters.hpp"

namespace o2v::problems {
namespace {

constexpr std::array<double, 4> kHeight{1.0, 1.2, 3.0, 3.2};
constexpr std::array<std::array<double, 6>, 4> kSharpness{{{10, 3, 17, 3.5, 1.7, 8},
                                                           {0.05, 10, 17, 0.1, 8, 14},
                                                           {3, 3.5, 1.7, 10, 17, 8},
                                                           {17, 8, 0.05, 10, 0.1, 14}}};
constexpr std::array<std::array<double, 6>, 4> kCentre{{{0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886},
                                                        {0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991},
                                                        {0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650},
                                                        {0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381}}};

double value(const Assignment& params) {
    const auto x = vector_of(params, 6);
    double sum = 0;
    for (std::size_t i = 0; i < kHeight.size(); ++i) {
        double distance = 0;
        for (std::size_t j = 0; j < x.size(); ++j)
            distance += kSharpness[i][j] * (x[j] - kCentre[i][j]) * (x[j] - kCentre[i][j]);
        sum += kHeight[i] * std::exp(-distance);
    }
    return -sum;
}

}  // namespace

Family hartmann6() {
    return {{"hartmann6", cube(6, 0, 1), least_loss(), -3.32236801141551, "six floats, six local minima"},
            value,
            2};
}

}  // namespace o2v::problems
