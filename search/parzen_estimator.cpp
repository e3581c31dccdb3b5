#include "search/parzen_estimator.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <map>
#include <numbers>

namespace o2v::search {
namespace {

constexpr double kPriorMiddle = 0.5;
constexpr double kPriorDeviation = 1;

// P(low < X < high) for X normal, cut to [0, 1] by the caller; accurate in both tails.
double normal_mass(double low, double high, double middle, double deviation) {
    double a = (low - middle) / deviation, b = (high - middle) / deviation;
    if (a + b < 0) std::swap(a = -a, b = -b);
    return (std::erfc(a / std::numbers::sqrt2) - std::erfc(b / std::numbers::sqrt2)) / 2;
}

// The logarithm, also where the mass itself is too small for a double.
double log_normal_mass(double low, double high, double middle, double deviation) {
    const double mass = normal_mass(low, high, middle, deviation);
    if (mass > 1e-290) return std::log(mass);
    const double z = (std::midpoint(low, high) - middle) / deviation;
    return -z * z / 2 + std::log((high - low) / deviation) - std::log(2 * std::numbers::pi) / 2;
}

// log of the constant that makes a cut normal density integrate to 1, for middles in [0, 1]: a table over
// [0, 1/2] (it is symmetric), read linearly.
class LogConstant {
  public:
    explicit LogConstant(double deviation) {
        const double whole = std::log(deviation) + std::log(2 * std::numbers::pi) / 2;
        for (std::size_t i = 0; i < table_.size(); ++i)
            table_[i] = static_cast<float>(
                -whole - std::log(normal_mass(0, 1, static_cast<double>(i) / (2 * kIntervals), deviation)));
    }
    float at(float middle) const {
        const float place = (0.5F - std::abs(middle - 0.5F)) * (2 * kIntervals);
        const auto below = std::min(static_cast<std::size_t>(place), std::size_t{kIntervals - 1});
        return table_[below] + (place - static_cast<float>(below)) * (table_[below + 1] - table_[below]);
    }

  private:
    static constexpr int kIntervals = 256;
    std::array<float, kIntervals + 1> table_;
};

// exp(max(x, -87)) for x <= 0, to 1e-6 of it. No call: loops over it become vector instructions.
inline float exp_of_negative(float x) {
    const float clamped = x < -87.0F ? -87.0F : x;
    const float shifted = clamped * 1.44269504F + 12582912.0F;  // rounds to an integer in the low bits
    const float whole = shifted - 12582912.0F;
    const float rest = (clamped - whole * 0.693359375F) + whole * 2.12194440e-4F;
    float power = 1.3888889e-3F;
    power = power * rest + 8.3333333e-3F;
    power = power * rest + 4.1666667e-2F;
    power = power * rest + 1.6666667e-1F;
    power = power * rest + 0.5F;
    power = power * rest + 1.0F;
    power = power * rest + 1.0F;
    const auto exponent = std::bit_cast<std::uint32_t>(shifted) << 23;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(power) + exponent);
}

constexpr std::size_t kLanes = 16;

float greatest(const std::vector<float>& values) {
    std::array<float, kLanes> lanes;
    lanes.fill(-INFINITY);
    std::size_t k = 0;
    for (; k + kLanes <= values.size(); k += kLanes)
        for (std::size_t i = 0; i < kLanes; ++i)
            lanes[i] = lanes[i] < values[k + i] ? values[k + i] : lanes[i];
    for (; k < values.size(); ++k) lanes[0] = std::max(lanes[0], values[k]);
    return *std::max_element(lanes.begin(), lanes.end());
}

// Sum of exp(values - highest).
double sum_of_exponentials(const std::vector<float>& values, float highest) {
    std::array<float, kLanes> lanes{};
    std::size_t k = 0;
    for (; k + kLanes <= values.size(); k += kLanes)
        for (std::size_t i = 0; i < kLanes; ++i) lanes[i] += exp_of_negative(values[k + i] - highest);
    for (; k < values.size(); ++k) lanes[0] += exp_of_negative(values[k] - highest);
    double sum = 0;
    for (const float lane : lanes) sum += lane;
    return sum;
}

// Normal about `middle`, cut to [0, 1], by rejection: the polar method of Marsaglia & Bray (1964).
double cut_normal(Rng& rng, double middle, double deviation) {
    for (;;) {
        const double u = 2 * uniform01(rng) - 1, v = 2 * uniform01(rng) - 1;
        const double square = u * u + v * v;
        if (square >= 1 || square == 0) continue;
        const double x = middle + deviation * u * std::sqrt(-2 * std::log(square) / square);
        if (x >= 0 && x <= 1) return x;
    }
}

std::vector<double> edges_of(const Domain& domain, std::size_t values) {
    std::vector<double> edges;
    const auto* d = std::get_if<IntDomain>(&domain);
    if (d && d->scale == Scale::log) {
        const double low = std::log(static_cast<double>(d->min) - 0.5);
        const double width = std::log(static_cast<double>(d->max) + 0.5) - low;
        for (std::size_t i = 0; i <= values; ++i)
            edges.push_back((std::log(static_cast<double>(d->min) + static_cast<double>(i) - 0.5) - low) /
                            width);
    } else {
        for (std::size_t i = 0; i <= values; ++i)
            edges.push_back(static_cast<double>(i) / static_cast<double>(values));
    }
    return edges;
}

}  // namespace

ParzenAxis::ParzenAxis(const Domain& domain) : domain_(domain), kind_(Kind::continuum) {
    const auto values = cardinality(domain);
    if (std::holds_alternative<CategoricalDomain>(domain))
        kind_ = Kind::categories;
    else if (values && *values <= kMostCells)
        kind_ = Kind::cells;
    else
        return;
    values_ = static_cast<std::size_t>(*values);
    edges_ = edges_of(domain, values_);
}

std::size_t ParzenAxis::value_at(double unit) const {
    const auto above = std::upper_bound(edges_.begin() + 1, edges_.end() - 1, unit);
    return static_cast<std::size_t>(above - edges_.begin()) - 1;
}

double ParzenAxis::snapped(double unit) const {
    if (kind_ != Kind::continuum) return middle(value_at(unit));
    return cardinality(domain_) ? to_unit(domain_, from_unit(domain_, unit)) : unit;
}

ParzenEstimator::ParzenEstimator(std::span<const ParzenAxis> axes, std::vector<std::vector<float>> columns,
                                 std::span<const double> weights)
    : axes_(axes), size_(weights.size()), columns_(axes.size()) {
    const auto n = static_cast<double>(size_);
    bandwidth_ = 0.2 * std::pow(std::max(n, 1.0), -1 / (static_cast<double>(axes.size()) + 4));
    bandwidth_ = std::max(bandwidth_, 1 / std::min(100.0, n + 2));

    double sum = 0;
    for (const double weight : weights) cumulated_.push_back(sum += weight);
    sum += 1;
    for (double& weight : cumulated_) weight /= sum;
    log_prior_weight_ = -std::log(sum);
    for (const double weight : weights) log_scale_.push_back(static_cast<float>(std::log(weight / sum)));

    const LogConstant constant(bandwidth_);
    for (std::size_t a = 0; a < axes.size(); ++a) {
        Column& column = columns_[a];
        if (axes[a].kind() == ParzenAxis::Kind::continuum) {
            column.middles = std::move(columns[a]);
            for (std::size_t k = 0; k < size_; ++k) log_scale_[k] += constant.at(column.middles[k]);
        } else {
            for (const float unit : columns[a])
                column.indices.push_back(static_cast<std::uint32_t>(axes[a].value_at(unit)));
        }
    }
}

ParzenEstimator::Point ParzenEstimator::sample(Rng& rng) const {
    const auto k = static_cast<std::size_t>(
        std::upper_bound(cumulated_.begin(), cumulated_.end(), uniform01(rng)) - cumulated_.begin());
    const bool prior = k == size_;
    Point point;
    for (std::size_t a = 0; a < axes_.size(); ++a) {
        const ParzenAxis& axis = axes_[a];
        const Column& column = columns_[a];
        if (axis.kind() == ParzenAxis::Kind::categories) {
            const auto values = static_cast<double>(axis.values());
            const double hit = prior ? 0 : 1 / (1 + values / (static_cast<double>(size_) + 1));
            const std::size_t value = uniform01(rng) < hit
                                          ? column.indices[k]
                                          : static_cast<std::size_t>(uniform_index(rng, axis.values()));
            point.push_back(axis.middle(value));
            continue;
        }
        const double middle = prior                                        ? kPriorMiddle
                              : axis.kind() == ParzenAxis::Kind::continuum ? double{column.middles[k]}
                                                                           : axis.middle(column.indices[k]);
        point.push_back(axis.snapped(cut_normal(rng, middle, prior ? kPriorDeviation : bandwidth_)));
    }
    return point;
}

std::vector<float> ParzenEstimator::kernel_row(const ParzenAxis& axis, std::size_t at) const {
    std::vector<float> row(axis.values());
    if (axis.kind() == ParzenAxis::Kind::categories) {
        const double more = 1 / (static_cast<double>(size_) + 1);
        const double sum = 1 + more * static_cast<double>(axis.values());
        std::fill(row.begin(), row.end(), static_cast<float>(std::log(more / sum)));
        row[at] = static_cast<float>(std::log((1 + more) / sum));
        return row;
    }
    for (std::size_t i = 0; i < row.size(); ++i) {
        const double middle = axis.middle(i);
        row[i] = static_cast<float>(log_normal_mass(axis.low(at), axis.high(at), middle, bandwidth_) -
                                    std::log(normal_mass(0, 1, middle, bandwidth_)));
    }
    return row;
}

double ParzenEstimator::prior_log_density(const Point& point) const {
    const double all = std::log(normal_mass(0, 1, kPriorMiddle, kPriorDeviation));
    double sum = log_prior_weight_;
    for (std::size_t a = 0; a < axes_.size(); ++a) {
        const ParzenAxis& axis = axes_[a];
        switch (axis.kind()) {
            case ParzenAxis::Kind::continuum: {
                const double z = (point[a] - kPriorMiddle) / kPriorDeviation;
                sum += -z * z / 2 - std::log(2 * std::numbers::pi) / 2 - std::log(kPriorDeviation) - all;
                break;
            }
            case ParzenAxis::Kind::cells: {
                const std::size_t value = axis.value_at(point[a]);
                sum +=
                    log_normal_mass(axis.low(value), axis.high(value), kPriorMiddle, kPriorDeviation) - all;
                break;
            }
            case ParzenAxis::Kind::categories:
                sum -= std::log(static_cast<double>(axis.values()));
        }
    }
    return sum;
}

std::vector<double> ParzenEstimator::log_density(std::span<const Point> points) const {
    const auto precision = static_cast<float>(-0.5 / (bandwidth_ * bandwidth_));
    std::vector<std::map<std::size_t, std::vector<float>>> rows(axes_.size());
    std::vector<float> exponents(size_), squares(size_);
    std::vector<double> densities;
    for (const Point& point : points) {
        std::fill(squares.begin(), squares.end(), 0.0F);
        exponents = log_scale_;
        for (std::size_t a = 0; a < axes_.size(); ++a) {
            if (axes_[a].kind() == ParzenAxis::Kind::continuum) {
                const auto x = static_cast<float>(point[a]);
                const float* middles = columns_[a].middles.data();
                for (std::size_t k = 0; k < size_; ++k) squares[k] += (x - middles[k]) * (x - middles[k]);
                continue;
            }
            const std::size_t value = axes_[a].value_at(point[a]);
            std::vector<float>& row = rows[a][value];
            if (row.empty()) row = kernel_row(axes_[a], value);
            const std::uint32_t* indices = columns_[a].indices.data();
            for (std::size_t k = 0; k < size_; ++k) exponents[k] += row[indices[k]];
        }
        for (std::size_t k = 0; k < size_; ++k) exponents[k] += precision * squares[k];
        const double prior = prior_log_density(point);
        const float highest = std::max(greatest(exponents), static_cast<float>(prior));
        const double sum = sum_of_exponentials(exponents, highest) + std::exp(prior - double{highest});
        densities.push_back(double{highest} + std::log(sum));
    }
    return densities;
}

}  // namespace o2v::search
