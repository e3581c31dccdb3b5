#include "search/cma_distribution.hpp"

#include <Eigen/Core>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace o2v::search {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kFirstSigma = 1.0 / 6;
constexpr double kGreatestDeviation = 1;  // beyond it reflected draws are uniform

Eigen::Map<const VectorXd> vector_of(const std::vector<double>& values) {
    return {values.data(), static_cast<Eigen::Index>(values.size())};
}
Eigen::Map<VectorXd> vector_of(std::vector<double>& values) {
    return {values.data(), static_cast<Eigen::Index>(values.size())};
}
Eigen::Map<const MatrixXd> matrix_of(const std::vector<double>& values, std::size_t n) {
    return {values.data(), static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n)};
}
Eigen::Map<MatrixXd> matrix_of(std::vector<double>& values, std::size_t n) {
    return {values.data(), static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(n)};
}

// P(Z > z) for Z standard normal, and its inverse by bisection.
double upper_tail(double z) {
    return std::erfc(z / std::numbers::sqrt2) / 2;
}
double upper_quantile(double p) {
    double low = -40, high = 40;
    for (int i = 0; i < 64; ++i) {
        const double middle = std::midpoint(low, high);
        (upper_tail(middle) > p ? low : high) = middle;
    }
    return std::midpoint(low, high);
}

// The polar method of Marsaglia & Bray (1964).
double standard_normal(Rng& rng) {
    for (;;) {
        const double u = 2 * uniform01(rng) - 1, v = 2 * uniform01(rng) - 1;
        const double square = u * u + v * v;
        if (square < 1 && square > 0) return u * std::sqrt(-2 * std::log(square) / square);
    }
}

double reflected(double x) {
    const double folded = std::fmod(std::abs(x), 2.0);
    return folded > 1 ? 2 - folded : folded;
}

// The tutorial's default parameters (its table 1 without negative weights), for `count` parents.
struct Rates {
    VectorXd weights;
    double effective, c_sigma, d_sigma, c_path, c_one, c_mu;

    Rates(std::size_t dimensions, std::size_t population, std::size_t count)
        : weights(static_cast<Eigen::Index>(count)) {
        const auto n = static_cast<double>(dimensions);
        for (Eigen::Index i = 0; i < weights.size(); ++i)
            weights[i] =
                std::log((static_cast<double>(population) + 1) / 2) - std::log(static_cast<double>(i) + 1);
        weights /= weights.sum();
        effective = 1 / weights.squaredNorm();
        c_sigma = (effective + 2) / (n + effective + 5);
        d_sigma = 1 + 2 * std::max(0.0, std::sqrt((effective - 1) / (n + 1)) - 1) + c_sigma;
        c_path = (4 + effective / n) / (n + 4 + 2 * effective / n);
        c_one = 2 / ((n + 1.3) * (n + 1.3) + effective);
        c_mu = std::min(1 - c_one, 2 * (effective - 2 + 1 / effective) / ((n + 2) * (n + 2) + effective));
    }
};

}  // namespace

std::size_t CmaDistribution::default_population(std::size_t dimensions) {
    return 4 +
           static_cast<std::size_t>(3 * std::log(static_cast<double>(std::max<std::size_t>(dimensions, 1))));
}

CmaDistribution::CmaDistribution(std::vector<Domain> domains, Vector mean, std::size_t population)
    : domains_(std::move(domains)),
      population_(population),
      mean_(std::move(mean)),
      sigma_(kFirstSigma),
      scale_(mean_.size(), 1.0),
      covariance_(mean_.size() * mean_.size()),
      path_(mean_.size()),
      sigma_path_(mean_.size()),
      axes_(covariance_.size()),
      lengths_(mean_.size()) {
    matrix_of(covariance_, mean_.size()).setIdentity();
    decompose();
    keep_margin();
}

void CmaDistribution::decompose() {
    const std::size_t n = mean_.size();
    const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(matrix_of(covariance_, n));
    matrix_of(axes_, n) = solver.eigenvectors();
    vector_of(lengths_) = solver.eigenvalues().cwiseMax(0).cwiseSqrt();
}

double CmaDistribution::deviation(std::size_t dimension) const {
    return sigma_ * scale_[dimension] * std::sqrt(covariance_[dimension * (mean_.size() + 1)]);
}

bool CmaDistribution::degenerate() const {
    const auto [least, greatest] = std::minmax_element(lengths_.begin(), lengths_.end());
    if (!(*least > 1e-7 * *greatest)) return true;
    for (std::size_t i = 0; i < mean_.size(); ++i)
        if (!(deviation(i) < 1e-12)) return false;
    return true;
}

CmaDistribution::Vector CmaDistribution::draw(Rng& rng) const {
    const std::size_t n = mean_.size();
    VectorXd normal(static_cast<Eigen::Index>(n));
    for (double& z : normal) z = standard_normal(rng);
    const VectorXd step = matrix_of(axes_, n) * vector_of(lengths_).cwiseProduct(normal);
    Vector point(n);
    vector_of(point) = vector_of(mean_) + sigma_ * vector_of(scale_).cwiseProduct(step);
    for (double& x : point) x = reflected(x);
    return point;
}

void CmaDistribution::update(std::span<const Member> best_first) {
    const std::size_t n = mean_.size(), parents = std::min(population_ / 2, best_first.size());
    if (parents == 0) return;
    const Rates rates(n, population_, parents);
    const auto dimensions = static_cast<double>(n);
    const auto axes = matrix_of(axes_, n);
    const auto whitened = [&](const VectorXd& step) -> VectorXd {
        return axes * (axes.transpose() * step).cwiseQuotient(vector_of(lengths_));
    };

    MatrixXd steps(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(parents));
    VectorXd move = VectorXd::Zero(static_cast<Eigen::Index>(n));
    const double furthest = std::sqrt(dimensions) + 2 * dimensions / (dimensions + 2);
    for (std::size_t k = 0; k < parents; ++k) {
        const auto column = static_cast<Eigen::Index>(k);
        VectorXd step =
            (vector_of(best_first[k].point) - vector_of(mean_)).cwiseQuotient(vector_of(scale_)) / sigma_;
        step *= std::min(1.0, furthest / std::max(whitened(step).norm(), 1e-300));
        steps.col(column) = step;
        for (std::size_t i = 0; i < n; ++i)
            if (best_first[k].active[i])
                move[static_cast<Eigen::Index>(i)] +=
                    rates.weights[column] * step[static_cast<Eigen::Index>(i)];
    }
    const VectorXd mean_step = steps * rates.weights;
    vector_of(mean_) += sigma_ * vector_of(scale_).cwiseProduct(move);
    vector_of(mean_) = vector_of(mean_).cwiseMax(0).cwiseMin(1);  // but for rounding it is inside

    ++generation_;
    auto sigma_path = vector_of(sigma_path_);
    sigma_path = (1 - rates.c_sigma) * sigma_path +
                 std::sqrt(rates.c_sigma * (2 - rates.c_sigma) * rates.effective) * whitened(mean_step);
    const double expected =
        std::sqrt(dimensions) * (1 - 1 / (4 * dimensions) + 1 / (21 * dimensions * dimensions));
    const double norm = sigma_path.norm();
    const double settled = 1 - std::pow(1 - rates.c_sigma, 2 * static_cast<double>(generation_));
    const double stalls = norm / std::sqrt(settled) < (1.4 + 2 / (dimensions + 1)) * expected ? 1 : 0;

    auto path = vector_of(path_);
    path = (1 - rates.c_path) * path +
           stalls * std::sqrt(rates.c_path * (2 - rates.c_path) * rates.effective) * mean_step;
    auto covariance = matrix_of(covariance_, n);
    const double kept =
        1 - rates.c_one - rates.c_mu + (1 - stalls) * rates.c_one * rates.c_path * (2 - rates.c_path);
    const MatrixXd among = steps * rates.weights.asDiagonal() * steps.transpose();
    const MatrixXd along = path * path.transpose();
    covariance = (kept * covariance + rates.c_one * along + rates.c_mu * among).eval();
    sigma_ *= std::exp(std::min(1.0, rates.c_sigma / rates.d_sigma * (norm / expected - 1)));
    for (std::size_t i = 0; i < n; ++i)
        if (const double now = deviation(i); now > kGreatestDeviation) sigma_ *= kGreatestDeviation / now;
    decompose();
    keep_margin();
}

void CmaDistribution::keep_margin() {
    for (std::size_t i = 0; i < mean_.size(); ++i)
        if (cardinality(domains_[i])) keep_margin(i);
}

// Hamano et al., section 3.2: of the values beside the mean's own, each side has at least half of the margin
// (all of it where there is but one side).
void CmaDistribution::keep_margin(std::size_t i) {
    const Share share = share_of(domains_[i], from_unit(domains_[i], mean_[i]));
    const double margin = 1 / static_cast<double>(mean_.size() * population_);
    const double spread = deviation(i);
    const bool first = share.low <= 0, last = share.high >= 1;
    if (first || last) {
        const double reach = spread * upper_quantile(margin);
        mean_[i] = first ? std::max(mean_[i], share.high - reach) : std::min(mean_[i], share.low + reach);
        return;
    }
    const double below = upper_tail((mean_[i] - share.low) / spread);
    const double above = upper_tail((share.high - mean_[i]) / spread);
    const double half = margin / 2;
    if (below >= half && above >= half) return;
    const double raised_below = std::max(below, half), raised_above = std::max(above, half);
    const double inside = 1 - below - above;
    const double share_of_excess =
        (1 - raised_below - raised_above - inside) / (raised_below + raised_above + inside - 3 * half);
    const double z_below = upper_quantile(raised_below + share_of_excess * (raised_below - half));
    const double z_above = upper_quantile(raised_above + share_of_excess * (raised_above - half));
    const double new_spread = (share.high - share.low) / (z_below + z_above);
    mean_[i] = share.low + z_below * new_spread;
    scale_[i] *= new_spread / spread;
}

}  // namespace o2v::search
