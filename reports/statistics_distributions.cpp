#include "reports/statistics_distributions.hpp"

#include <cmath>
#include <limits>

namespace o2v::reports {
namespace {

// x with f(x) = p, of an f that grows.
template <class F>
double inverse(const F& f, double p) {
    double low = -1, high = 1;
    while (f(low) > p) low *= 2;
    while (f(high) < p) high *= 2;
    for (int i = 0; i < 200 && low < high; ++i) {
        const double middle = low + (high - low) / 2;
        if (middle == low || middle == high) break;
        (f(middle) < p ? low : high) = middle;
    }
    return low + (high - low) / 2;
}

// DLMF 8.17.22. REQUIRES: x < (a + 1) / (a + b + 2), where it converges fast.
double beta_fraction(double a, double b, double x) {
    constexpr double kTiny = std::numeric_limits<double>::min() / std::numeric_limits<double>::epsilon();
    constexpr int kTerms = 1000;
    const auto not_zero = [](double value) { return std::abs(value) < kTiny ? kTiny : value; };
    double c = 1, d = 1 / not_zero(1 - (a + b) * x / (a + 1)), fraction = d;
    for (int m = 1; m < kTerms; ++m) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        d = 1 / not_zero(1 + even * d);
        c = not_zero(1 + even / c);
        fraction *= d * c;
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        d = 1 / not_zero(1 + odd * d);
        c = not_zero(1 + odd / c);
        fraction *= d * c;
        if (std::abs(d * c - 1) < std::numeric_limits<double>::epsilon()) break;
    }
    return fraction;
}

}  // namespace

double incomplete_beta(double a, double b, double x) {
    if (!(x > 0)) return std::isnan(x) ? x : 0;
    if (x >= 1) return 1;
    const double front =
        std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) + a * std::log(x) + b * std::log1p(-x));
    if (x < (a + 1) / (a + b + 2)) return front * beta_fraction(a, b, x) / a;
    return 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double student_t_cdf(double t, double degrees) {
    const double tail = incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2;
    return t < 0 ? tail : 1 - tail;
}

double student_t_quantile(double p, double degrees) {
    if (p > 0.5) return -student_t_quantile(1 - p, degrees);
    return inverse([degrees](double t) { return student_t_cdf(t, degrees); }, p);
}

}  // namespace o2v::reports
