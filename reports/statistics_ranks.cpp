#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "reports/statistics.hpp"
#include "reports/statistics_distributions.hpp"
#include "reports/statistics_samples.hpp"

namespace o2v::reports {
namespace {

constexpr std::size_t kExactUpTo = 8;

// Of all orders of n1 + n2 values, how many give each U (Mann and Whitney 1947's recurrence), as shares.
std::vector<double> u_distribution(std::size_t n1, std::size_t n2) {
    // ways[u] of choosing k of the first j places, built place by place: the Gaussian binomial coefficient.
    std::vector<std::vector<double>> ways(n1 + 1, std::vector<double>(n1 * n2 + 1, 0));
    ways[0][0] = 1;
    for (std::size_t place = 0; place < n1 + n2; ++place)
        for (std::size_t k = std::min(n1, place + 1); k >= 1; --k)
            // The k-th of the first sample lies at `place`: place - (k - 1) of the second are below it.
            for (std::size_t u = n1 * n2 + 1; u-- > 0;) {
                const std::size_t below = place - (k - 1);
                if (below <= n2 && u >= below) ways[k][u] += ways[k - 1][u - below];
            }
    std::vector<double>& all = ways[n1];
    const double total = std::accumulate(all.begin(), all.end(), 0.0);
    for (double& x : all) x /= total;
    return all;
}

double exact_p(double u, std::size_t n1, std::size_t n2) {
    const std::vector<double> shares = u_distribution(n1, n2);
    double tail = 0;
    for (auto k = static_cast<std::size_t>(u); k < shares.size(); ++k) tail += shares[k];
    return std::min(1.0, 2 * tail);
}

// Sum of t^3 - t over groups of t equal values.
double ties_of(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    double ties = 0;
    for (auto begin = values.begin(); begin != values.end();) {
        const auto end = std::upper_bound(begin, values.end(), *begin);
        const auto t = static_cast<double>(end - begin);
        ties += t * t * t - t;
        begin = end;
    }
    return ties;
}

}  // namespace

std::vector<double> ranks(std::span<const double> values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
    std::vector<double> result(values.size());
    for (std::size_t begin = 0; begin < order.size();) {
        std::size_t end = begin + 1;
        while (end < order.size() && values[order[end]] == values[order[begin]]) ++end;
        for (std::size_t i = begin; i < end; ++i)
            result[order[i]] = static_cast<double>(begin + end + 1) / 2;  // mean of begin+1 .. end
        begin = end;
    }
    return result;
}

TestResult mann_whitney(std::span<const double> a, std::span<const double> b) {
    expect_values(a);
    expect_values(b);
    if (has_nan(a) || has_nan(b)) return {std::nan(""), std::nan("")};
    std::vector<double> both(a.begin(), a.end());
    both.insert(both.end(), b.begin(), b.end());
    const std::vector<double> rank = ranks(both);
    const auto n1 = static_cast<double>(a.size()), n2 = static_cast<double>(b.size()), n = n1 + n2;
    const double u =
        std::accumulate(rank.begin(), rank.begin() + static_cast<std::ptrdiff_t>(a.size()), 0.0) -
        n1 * (n1 + 1) / 2;
    const double larger = std::max(u, n1 * n2 - u), ties = ties_of(both);
    if (ties == 0 && std::min(a.size(), b.size()) <= kExactUpTo)
        return {u, exact_p(larger, a.size(), b.size())};
    const double variance = n1 * n2 / 12 * (n + 1 - ties / (n * (n - 1)));
    if (variance <= 0) return {u, 1};  // all values are equal
    const double z = (larger - n1 * n2 / 2 - 0.5) / std::sqrt(variance);
    return {u, std::min(1.0, 2 * normal_cdf(-z))};
}

TestResult spearman(std::span<const double> a, std::span<const double> b) {
    if (a.size() != b.size()) throw std::invalid_argument("a correlation of samples that differ in length");
    constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
    if (a.size() < 3 || has_nan(a) || has_nan(b)) return {kNaN, kNaN};
    const std::vector<double> x = ranks(a), y = ranks(b);
    const double centre = mean(x);  // of y, too
    double xy = 0, xx = 0, yy = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        xy += (x[i] - centre) * (y[i] - centre);
        xx += (x[i] - centre) * (x[i] - centre);
        yy += (y[i] - centre) * (y[i] - centre);
    }
    if (xx == 0 || yy == 0) return {kNaN, kNaN};
    const double rho = xy / std::sqrt(xx * yy), degrees = static_cast<double>(x.size() - 2);
    if (std::abs(rho) >= 1) return {rho, 0};
    const double t = rho * std::sqrt(degrees / (1 - rho * rho));
    return {rho, 2 * student_t_cdf(-std::abs(t), degrees)};
}

}  // namespace o2v::reports
