#include "search/parzen_estimator.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
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

// Eight points at a time.
constexpr std::size_t kLanes = 8;
using Lanes = Eigen::Array<float, kLanes, 1>;

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
    std::vector<double> edges{0};
    const auto* d = std::get_if<IntDomain>(&domain);
    for (std::size_t i = 1; i <= values; ++i)
        edges.push_back(d && d->scale == Scale::log
                            ? share_of(domain, d->min + static_cast<std::int64_t>(i) - 1).high
                            : static_cast<double>(i) / static_cast<double>(values));
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

float ParzenAxis::coordinate(double unit) const {
    if (kind_ == Kind::continuum)
        return static_cast<float>(cardinality(domain_) ? to_unit(domain_, from_unit(domain_, unit)) : unit);
    const auto above = std::upper_bound(edges_.begin() + 1, edges_.end() - 1, unit);
    return static_cast<float>(above - edges_.begin() - 1);
}

double ParzenAxis::unit(float coordinate) const {
    return kind_ == Kind::continuum ? double{coordinate} : middle(static_cast<std::size_t>(coordinate));
}

ParzenEstimator::ParzenEstimator(std::span<const ParzenAxis> axes, const std::vector<float>& coordinates,
                                 std::span<const double> weights)
    : axes_(axes), size_(weights.size()), log_inside_(axes.size()) {
    const auto n = static_cast<double>(size_);
    bandwidth_ = 0.2 * std::pow(std::max(n, 1.0), -1 / (static_cast<double>(axes.size()) + 4));
    bandwidth_ = std::max(bandwidth_, 1 / std::min(100.0, n + 2));

    double sum = 0;
    for (const double weight : weights) cumulated_.push_back(sum += weight);
    sum += 1;
    for (double& weight : cumulated_) weight /= sum;
    log_prior_weight_ = -std::log(sum);
    for (const double weight : weights) log_scale_.push_back(static_cast<float>(std::log(weight / sum)));

    for (std::size_t a = 0; a < axes.size(); ++a) {
        (axes[a].kind() == ParzenAxis::Kind::continuum ? continua_ : listed_).push_back(a);
        if (axes[a].kind() != ParzenAxis::Kind::cells) continue;
        for (std::size_t i = 0; i < axes[a].values(); ++i)
            log_inside_[a].push_back(std::log(normal_mass(0, 1, axes[a].middle(i), bandwidth_)));
    }
    const LogConstant constant(bandwidth_);
    middles_.reserve(size_ * continua_.size());
    indices_.reserve(size_ * listed_.size());
    for (std::size_t k = 0; k < size_; ++k) {
        const float* point = &coordinates[k * axes.size()];
        for (const std::size_t a : continua_) {
            middles_.push_back(point[a]);
            log_scale_[k] += constant.at(point[a]);
        }
        for (const std::size_t a : listed_) indices_.push_back(static_cast<std::uint32_t>(point[a]));
    }
}

ParzenEstimator::Point ParzenEstimator::sample(Rng& rng) const {
    const auto k = static_cast<std::size_t>(
        std::upper_bound(cumulated_.begin(), cumulated_.end(), uniform01(rng)) - cumulated_.begin());
    const bool prior = k == size_;
    const double deviation = prior ? kPriorDeviation : bandwidth_;
    Point point(axes_.size());
    for (std::size_t i = 0; i < continua_.size(); ++i) {
        const double middle = prior ? kPriorMiddle : double{middles_[k * continua_.size() + i]};
        point[continua_[i]] = axes_[continua_[i]].coordinate(cut_normal(rng, middle, deviation));
    }
    for (std::size_t i = 0; i < listed_.size(); ++i) {
        const ParzenAxis& axis = axes_[listed_[i]];
        const std::size_t index = prior ? 0 : indices_[k * listed_.size() + i];
        float& coordinate = point[listed_[i]];
        if (axis.kind() == ParzenAxis::Kind::cells) {
            const double middle = prior ? kPriorMiddle : axis.middle(index);
            coordinate = axis.coordinate(cut_normal(rng, middle, deviation));
        } else {
            const auto values = static_cast<double>(axis.values());
            const double hit = prior ? 0 : 1 / (1 + values / (static_cast<double>(size_) + 1));
            coordinate = static_cast<float>(uniform01(rng) < hit ? index : uniform_index(rng, axis.values()));
        }
    }
    return point;
}

std::vector<float> ParzenEstimator::kernel_row(std::size_t a, std::size_t at) const {
    const ParzenAxis& axis = axes_[a];
    std::vector<float> row(axis.values());
    if (axis.kind() == ParzenAxis::Kind::categories) {
        const double more = 1 / (static_cast<double>(size_) + 1);
        const double sum = 1 + more * static_cast<double>(axis.values());
        std::fill(row.begin(), row.end(), static_cast<float>(std::log(more / sum)));
        row[at] = static_cast<float>(std::log((1 + more) / sum));
        return row;
    }
    for (std::size_t i = 0; i < row.size(); ++i)
        row[i] = static_cast<float>(log_normal_mass(axis.low(at), axis.high(at), axis.middle(i), bandwidth_) -
                                    log_inside_[a][i]);
    return row;
}

double ParzenEstimator::prior_log_density(const Point& point) const {
    const double inside = std::log(normal_mass(0, 1, kPriorMiddle, kPriorDeviation));
    double sum = log_prior_weight_;
    for (const std::size_t a : continua_) {
        const double z = (point[a] - kPriorMiddle) / kPriorDeviation;
        sum -= z * z / 2 + std::log(2 * std::numbers::pi) / 2 + std::log(kPriorDeviation) + inside;
    }
    for (const std::size_t a : listed_) {
        const ParzenAxis& axis = axes_[a];
        const auto value = static_cast<std::size_t>(point[a]);
        sum +=
            axis.kind() == ParzenAxis::Kind::categories
                ? -std::log(static_cast<double>(axis.values()))
                : log_normal_mass(axis.low(value), axis.high(value), kPriorMiddle, kPriorDeviation) - inside;
    }
    return sum;
}

// The sums over all kernels but the prior, for up to kLanes points.
class ParzenEstimator::Sums {
  public:
    explicit Sums(const ParzenEstimator& of) : of_(of), exponents_(of.size_), at_(of.continua_.size()) {
        for (const std::size_t a : of.listed_) {
            tables_.emplace_back(of.axes_[a].values());
            rows_.emplace_back(of.axes_[a].values());
        }
    }

    // highest + log of the sum of exp(exponent - highest), for each of the points.
    Eigen::Array<double, kLanes, 1> logs(std::span<const Point> points) {
        place(points);
        const auto precision = static_cast<float>(-0.5 / (of_.bandwidth_ * of_.bandwidth_));
        const float* middles = of_.middles_.data();
        const std::uint32_t* indices = of_.indices_.data();
        Lanes highest = Lanes::Constant(-std::numeric_limits<float>::max());
        for (std::size_t k = 0; k < of_.size_; ++k) {
            Lanes squares = Lanes::Zero();
            for (const Lanes& x : at_) squares += (x - *middles++).square();
            Lanes exponent = of_.log_scale_[k] + precision * squares;
            for (const auto& table : tables_) exponent += table[*indices++];
            exponents_[k] = exponent;
            highest = highest.max(exponent);
        }
        Lanes sum = Lanes::Zero();
        for (const Lanes& exponent : exponents_) sum += (exponent - highest).exp();
        return highest.cast<double>() + sum.cast<double>().log();
    }

  private:
    void place(std::span<const Point> points) {
        for (std::size_t lane = 0; lane < points.size(); ++lane) {
            const auto column = static_cast<Eigen::Index>(lane);
            for (std::size_t i = 0; i < at_.size(); ++i) at_[i][column] = points[lane][of_.continua_[i]];
            for (std::size_t i = 0; i < tables_.size(); ++i) {
                const auto value = static_cast<std::size_t>(points[lane][of_.listed_[i]]);
                std::vector<float>& row = rows_[i][value];
                if (row.empty()) row = of_.kernel_row(of_.listed_[i], value);
                for (std::size_t index = 0; index < row.size(); ++index)
                    tables_[i][index][column] = row[index];
            }
        }
    }

    const ParzenEstimator& of_;
    std::vector<Lanes> exponents_;
    std::vector<Lanes> at_;                              // the points' coordinates on the continua
    std::vector<std::vector<Lanes>> tables_;             // [listed axis][value of the kernel]
    std::vector<std::vector<std::vector<float>>> rows_;  // [listed axis][value of the point], once asked for
};

std::vector<double> ParzenEstimator::log_density(std::span<const Point> points) const {
    Sums sums(*this);
    std::vector<double> densities;
    for (std::size_t begin = 0; begin < points.size(); begin += kLanes) {
        const auto block = points.subspan(begin, std::min(kLanes, points.size() - begin));
        const auto logs = sums.logs(block);
        for (std::size_t i = 0; i < block.size(); ++i) {
            const double prior = prior_log_density(block[i]);
            const double others =
                size_ == 0 ? -std::numeric_limits<double>::infinity() : logs[static_cast<Eigen::Index>(i)];
            const double highest = std::max(prior, others);
            densities.push_back(highest + std::log(std::exp(prior - highest) + std::exp(others - highest)));
        }
    }
    return densities;
}

}  // namespace o2v::search
