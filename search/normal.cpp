#include "search/normal.hpp"

#include <cmath>
#include <limits>
#include <numbers>

namespace o2v::search {
namespace {

const double kLogRoot2Pi = 0.5 * std::log(2 * std::numbers::pi);

// Mills' ratio P(Z > x) / density(x), of x > 5, by its continued fraction x + 1/(x + 2/(x + 3/(x + ...)))
// (Abramowitz & Stegun, 26.2.14).
double mills(double x) {
    double tail = x;
    for (int k = 40; k >= 1; --k) tail = x + k / tail;
    return 1 / tail;
}

}  // namespace

double log_normal_density(double z) {
    return -0.5 * z * z - kLogRoot2Pi;
}

double normal_density(double z) {
    return std::exp(log_normal_density(z));
}

double normal_probability(double z) {
    return 0.5 * std::erfc(-z / std::numbers::sqrt2);
}

double log_normal_probability(double z) {
    if (z > -5) return std::log(normal_probability(z));
    return std::log(mills(-z)) - 0.5 * z * z - kLogRoot2Pi;
}

// Newton's method on log P, whose slope density / P never vanishes, from the side where it is concave.
double normal_quantile(double p) {
    if (p > 0.5) return -normal_quantile(1 - p);
    const double target = std::log(p);
    double z = -std::sqrt(std::max(0.0, -2 * target - 2 * kLogRoot2Pi + 1.8));
    for (int step = 0; step < 30; ++step) {
        const double log_p = log_normal_probability(z);
        const double slope = std::exp(log_normal_density(z) - log_p);
        const double change = (target - log_p) / slope;
        z += change;
        if (std::abs(change) < 1e-14 * (1 + std::abs(z))) break;
    }
    return z;
}

// density(z) + z P(z) = density(z) (1 - |z| mills(|z|)) for negative z.
double log_improvement(double z) {
    if (z > -5) return std::log(normal_density(z) + z * normal_probability(z));
    const double x = -z;
    // 1 - x m loses its digits; by the same continued fraction it is m / (x + 2/(x + 3/...)).
    double tail = x;
    for (int k = 40; k >= 2; --k) tail = x + k / tail;
    return std::log(mills(x) / tail) - 0.5 * z * z - kLogRoot2Pi;
}

double log_improvement_slope(double z) {
    return std::exp(log_normal_probability(z) - log_improvement(z));
}

}  // namespace o2v::search
