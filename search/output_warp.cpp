#include "search/output_warp.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "search/normal.hpp"

namespace o2v::search {
namespace {

using Values = std::vector<double>;

double mean_of(const Values& v) {
    return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
}
double deviation_of(const Values& v) {
    const double mean = mean_of(v);
    double sum = 0;
    for (const double x : v) sum += (x - mean) * (x - mean);
    return std::sqrt(sum / static_cast<double>(v.size()));
}

double largest_of(const Values& v) {
    double most = 0;
    for (const double x : v) most = std::max(most, std::abs(x));
    return most;
}

// False when all are (as good as) equal. Scaled before anything is summed or squared.
bool standardize(Values& v) {
    const double most = largest_of(v);
    if (most == 0) return false;
    for (double& x : v) x /= most;
    const double mean = mean_of(v), deviation = deviation_of(v);
    if (!(deviation > 1e-12)) return false;
    for (double& x : v) x = (x - mean) / deviation;
    return true;
}

// Pulls in those worse than the median. `order` sorts them, best first.
void half_rank(Values& v, const std::vector<std::size_t>& order) {
    const std::size_t n = v.size();
    const std::size_t half = (n - 1) / 2;
    const double median = v[order[half]];
    const double widest = median - v[order[0]];
    if (!(widest > 0)) return;
    double sum = 0;  // in units of the widest, which may be tiny or huge
    for (std::size_t i = 0; i <= half; ++i) {
        const double away = (median - v[order[i]]) / widest;
        sum += away * away;
    }
    const double spread = widest * std::sqrt(sum / static_cast<double>(half + 1));
    for (std::size_t i = half + 1; i < n;) {
        std::size_t end = i + 1;
        while (end < n && v[order[end]] == v[order[i]]) ++end;
        const double rank = (static_cast<double>(i + end - 1) / 2 + 0.5) / static_cast<double>(n);
        const double pulled = median + spread * normal_quantile(rank);
        for (std::size_t k = i; k < end; ++k) v[order[k]] = std::min(v[order[k]], pulled);
        i = end;
    }
}

double yeo_johnson(double x, double power) {
    if (x >= 0) return std::abs(power) < 1e-9 ? std::log1p(x) : (std::pow(1 + x, power) - 1) / power;
    const double other = 2 - power;
    return std::abs(other) < 1e-9 ? -std::log1p(-x) : -(std::pow(1 - x, other) - 1) / other;
}

// The profile likelihood of the power.
double likelihood(const Values& v, double power) {
    Values warped(v.size());
    double jacobian = 0;
    for (std::size_t i = 0; i < v.size(); ++i) {
        warped[i] = yeo_johnson(v[i], power);
        jacobian += std::copysign(std::log1p(std::abs(v[i])), v[i]);
    }
    return -static_cast<double>(v.size()) * std::log(std::max(deviation_of(warped), 1e-12)) +
           (power - 1) * jacobian;
}

double likeliest_power(const Values& v) {
    double low = -3, high = 5;
    const double golden = (std::sqrt(5.0) - 1) / 2;
    double a = high - golden * (high - low), b = low + golden * (high - low);
    double at_a = likelihood(v, a), at_b = likelihood(v, b);
    for (int step = 0; step < 24; ++step) {
        if (at_a > at_b) {
            high = b;
            b = a;
            at_b = at_a;
            a = high - golden * (high - low);
            at_a = likelihood(v, a);
        } else {
            low = a;
            a = b;
            at_a = at_b;
            b = low + golden * (high - low);
            at_b = likelihood(v, b);
        }
    }
    return (low + high) / 2;
}

}  // namespace

std::vector<double> warp_losses(std::span<const double> losses) {
    Values warped(losses.size(), 0.0);
    std::vector<std::size_t> known;
    for (std::size_t i = 0; i < losses.size(); ++i)
        if (std::isfinite(losses[i])) known.push_back(i);
    if (known.empty()) return warped;
    // Infinite ones put beside the finite; by an eighth, so that no difference overflows.
    Values v;
    for (const std::size_t i : known) v.push_back(losses[i] / 8);
    const auto [least, largest] = std::minmax_element(v.begin(), v.end());
    const double low = *least, high = *largest, step = high > low ? (high - low) / 2 : largest_of(v) + 1;
    std::vector<double> all(losses.size());
    for (std::size_t i = 0; i < losses.size(); ++i)
        all[i] = std::isfinite(losses[i])                 ? losses[i] / 8
                 : losses[i] < 0 && std::isinf(losses[i]) ? low - step
                                                          : high + step;
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return all[a] < all[b]; });
    half_rank(all, order);
    if (!standardize(all)) return warped;
    const double power = likeliest_power(all);
    for (double& x : all) x = yeo_johnson(x, power);
    return standardize(all) ? all : warped;
}

}  // namespace o2v::search
