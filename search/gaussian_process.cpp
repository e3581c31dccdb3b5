#include "search/gaussian_process.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlopt.hpp>
#include <numeric>

namespace o2v::search {
namespace {

using Eigen::ArrayXXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

const double kRoot5 = std::sqrt(5.0);
constexpr double kLengthVariance = 3, kLengthCorrelation = 0.9, kSignalVariance = 4, kNoiseMean = -9,
                 kNoiseVariance = 4, kTrendMean = -1, kTrendVariance = 2, kWarpVariance = 0.1;
// Kumaraswamy's function has no derivative at the ends.
constexpr double kEdge = 1e-6;

double length_mean(const InputLayout& layout) {
    return std::sqrt(2.0) + 0.5 * std::log(static_cast<double>(std::max<std::size_t>(layout.groups, 1)));
}

// The columns warped and divided by their length scales.
MatrixXd scale(const InputLayout& layout, const Hyperparameters& h, const MatrixXd& X) {
    MatrixXd scaled(X.rows(), X.cols());
    Index warped = 0;
    for (Index c = 0; c < X.rows(); ++c) {
        const auto column = static_cast<std::size_t>(c);
        const double per_length = std::exp(-h.log_length[static_cast<Index>(layout.group[column])]);
        if (layout.warped[column]) {
            const double a = std::exp(h.log_a[warped]), b = std::exp(h.log_b[warped]);
            ++warped;
            const auto x = X.row(c).array().max(kEdge).min(1 - kEdge);
            scaled.row(c) = (per_length * (1 - (b * (1 - (a * x.log()).exp()).log()).exp())).matrix();
        } else {
            scaled.row(c) = per_length * X.row(c);
        }
    }
    return scaled;
}

// Squared distances between the columns of A and of B, both scaled.
MatrixXd squared_distances(const MatrixXd& A, const MatrixXd& B) {
    MatrixXd r2 = -2 * (A.transpose() * B);
    r2.colwise() += A.colwise().squaredNorm().transpose();
    r2.rowwise() += B.colwise().squaredNorm();
    return r2.cwiseMax(0);
}

// m(r) for every r^2.
MatrixXd matern(const MatrixXd& r2) {
    const ArrayXXd r = r2.array().sqrt() * kRoot5;
    return ((1 + r + r.square() / 3) * (-r).exp()).matrix();
}
// dm / d(r^2) = -5/6 (1 + sqrt(5) r) exp(-sqrt(5) r).
MatrixXd matern_slope(const MatrixXd& r2) {
    const ArrayXXd r = r2.array().sqrt() * kRoot5;
    return (-5.0 / 6.0 * (1 + r) * (-r).exp()).matrix();
}

double feature_share(const InputLayout& layout) {
    return 1 / std::sqrt(static_cast<double>(std::max<std::size_t>(layout.groups, 1)));
}

// The additive quadratic's features, scaled so that the mean over the groups of their products is their
// product. X: F x n -> features x n.
MatrixXd features(const InputLayout& layout, const MatrixXd& X) {
    const auto warped = static_cast<Index>(layout.warped_columns());
    MatrixXd phi(X.rows() + warped, X.cols());
    const double share = feature_share(layout);
    Index row = 0;
    for (Index c = 0; c < X.rows(); ++c) {
        const auto t = 2 * X.row(c).array() - 1;
        phi.row(row++) = share * std::sqrt(3.0) * t;
        if (layout.warped[static_cast<std::size_t>(c)])
            phi.row(row++) = share * std::sqrt(5.0) * (1.5 * t.square() - 0.5);
    }
    return phi;
}

// Adds the log density of N(mean, variance) at x, without its constant, and its slope.
void add_prior(double x, double mean, double variance, double& log_density, double* slope) {
    log_density -= (x - mean) * (x - mean) / (2 * variance);
    if (slope) *slope -= (x - mean) / variance;
}

// Adds the log density of the length scales, without its constant, and its slopes.
void add_length_prior(const InputLayout& layout, const VectorXd& log_length, double& log_density,
                      VectorXd* gradient) {
    const VectorXd away = log_length.array() - length_mean(layout);
    double together = 0, alike = 0;
    for (Index g = 0; g < away.size(); ++g)
        if (layout.alike[static_cast<std::size_t>(g)]) {
            together += away[g];
            ++alike;
        }
    // The inverse of (1 - c) I + c 11', by Sherman and Morrison.
    const double shared =
        kLengthCorrelation / (1 - kLengthCorrelation + kLengthCorrelation * alike) * together;
    for (Index g = 0; g < away.size(); ++g) {
        const double pull = layout.alike[static_cast<std::size_t>(g)]
                                ? (away[g] - shared) / (kLengthVariance * (1 - kLengthCorrelation))
                                : away[g] / kLengthVariance;
        log_density -= away[g] * pull / 2;
        if (gradient) (*gradient)[g] -= pull;
    }
}

double log_prior(const InputLayout& layout, const Hyperparameters& h, VectorXd* gradient) {
    double sum = 0;
    add_length_prior(layout, h.log_length, sum, gradient);
    Index at = h.log_length.size();
    const auto slope = [&] { return gradient ? &(*gradient)[at++] : nullptr; };
    add_prior(h.log_signal, 0, kSignalVariance, sum, slope());
    add_prior(h.log_noise, kNoiseMean, kNoiseVariance, sum, slope());
    add_prior(h.log_trend, kTrendMean, kTrendVariance, sum, slope());
    for (const VectorXd* warp : {&h.log_a, &h.log_b})
        for (Index i = 0; i < warp->size(); ++i) add_prior((*warp)[i], 0, kWarpVariance, sum, slope());
    return sum;
}

}  // namespace

InputLayout InputLayout::apart() const {
    InputLayout layout = *this;
    layout.alike.assign(groups, false);
    return layout;
}

std::size_t InputLayout::warped_columns() const {
    return static_cast<std::size_t>(std::count(warped.begin(), warped.end(), true));
}

Hyperparameters Hyperparameters::typical(const InputLayout& layout) {
    const auto warped = static_cast<Index>(layout.warped_columns());
    return {VectorXd::Constant(static_cast<Index>(layout.groups), length_mean(layout)),
            0,
            kNoiseMean,
            kTrendMean,
            VectorXd::Zero(warped),
            VectorXd::Zero(warped)};
}

VectorXd Hyperparameters::pack() const {
    VectorXd packed(log_length.size() + 3 + log_a.size() + log_b.size());
    packed << log_length, log_signal, log_noise, log_trend, log_a, log_b;
    return packed;
}

Hyperparameters Hyperparameters::unpack(const InputLayout& layout, const VectorXd& packed) {
    const auto groups = static_cast<Index>(layout.groups),
               warped = static_cast<Index>(layout.warped_columns());
    return {packed.head(groups),
            packed[groups],
            packed[groups + 1],
            packed[groups + 2],
            packed.segment(groups + 3, warped),
            packed.tail(warped)};
}

double log_posterior(const InputLayout& layout, const MatrixXd& X, const VectorXd& y,
                     const Hyperparameters& h, VectorXd* gradient) {
    const Index n = X.cols();
    const double signal = std::exp(h.log_signal), noise = std::exp(h.log_noise);
    const MatrixXd scaled = scale(layout, h, X);
    const MatrixXd r2 = squared_distances(scaled, scaled);
    const ArrayXXd r = r2.array().sqrt() * kRoot5;
    const ArrayXXd decay = (-r).exp();
    const MatrixXd m = ((1 + r + r.square() / 3) * decay).matrix();
    const MatrixXd phi = features(layout, X);
    const MatrixXd trend = std::exp(h.log_trend) * (phi.transpose() * phi);
    MatrixXd K = signal * m + trend;
    K.array() += kMeanVariance;
    K.diagonal().array() += noise;
    const Eigen::LLT<MatrixXd> cholesky(K);
    if (cholesky.info() != Eigen::Success) return -std::numeric_limits<double>::infinity();
    const VectorXd weights = cholesky.solve(y);
    double value = -0.5 * y.dot(weights) - cholesky.matrixLLT().diagonal().array().log().sum();
    if (gradient) *gradient = VectorXd::Zero(h.log_length.size() + 3 + h.log_a.size() + h.log_b.size());
    value += log_prior(layout, h, gradient);
    if (!gradient) return value;

    // d value / d K = (weights weights^T - K^-1) / 2.
    MatrixXd slope = cholesky.solve(MatrixXd::Identity(n, n));
    slope = 0.5 * (weights * weights.transpose() - slope);
    const auto groups = static_cast<Index>(layout.groups);
    (*gradient)[groups] += signal * slope.cwiseProduct(m).sum();
    (*gradient)[groups + 1] += noise * slope.trace();
    (*gradient)[groups + 2] += slope.cwiseProduct(trend).sum();
    // By r^2; then by the scaled coordinates: sum_k 2 H_jk (s_j - s_k), twice as K is symmetric.
    const MatrixXd H = (signal * -5.0 / 6.0 * slope.array() * (1 + r) * decay).matrix();
    const VectorXd row_sums = H.rowwise().sum();
    const MatrixXd pull = 4 * (scaled * row_sums.asDiagonal() - scaled * H);  // F x n
    Index warped = 0;
    const auto warps = static_cast<Index>(layout.warped_columns());
    for (Index c = 0; c < X.rows(); ++c) {
        const auto column = static_cast<std::size_t>(c);
        const auto group = static_cast<Index>(layout.group[column]);
        (*gradient)[group] -= pull.row(c).dot(scaled.row(c));  // s = w / length: ds / d log length = -s
        if (!layout.warped[column]) continue;
        const double a = std::exp(h.log_a[warped]), b = std::exp(h.log_b[warped]);
        const double per_length = std::exp(-h.log_length[group]);
        const Eigen::ArrayXd x = X.row(c).transpose().array().max(kEdge).min(1 - kEdge);
        const Eigen::ArrayXd xa = (a * x.log()).exp(), rest = 1 - xa;
        const Eigen::ArrayXd by_log_a = a * b * (rest.log() * (b - 1)).exp() * xa * x.log();
        const Eigen::ArrayXd by_log_b = -b * rest.log() * (b * rest.log()).exp();
        const Eigen::ArrayXd force = per_length * pull.row(c).transpose().array();
        (*gradient)[groups + 3 + warped] += (force * by_log_a).sum();
        (*gradient)[groups + 3 + warps + warped] += (force * by_log_b).sum();
        ++warped;
    }
    return value;
}

Hyperparameters fit(const InputLayout& layout, const MatrixXd& X, const VectorXd& y,
                    std::span<const Hyperparameters> starts, int evaluations) {
    struct Problem {
        const InputLayout& layout;
        const MatrixXd& X;
        const VectorXd& y;
        double best = -std::numeric_limits<double>::infinity();
        VectorXd at;
    } problem{layout, X, y, -std::numeric_limits<double>::infinity(), starts.front().pack()};
    const auto objective = [](const std::vector<double>& packed, std::vector<double>& gradient, void* data) {
        auto& p = *static_cast<Problem*>(data);
        const VectorXd at = Eigen::Map<const VectorXd>(packed.data(), static_cast<Index>(packed.size()));
        VectorXd slope;
        const double value = log_posterior(p.layout, p.X, p.y, Hyperparameters::unpack(p.layout, at), &slope);
        if (!std::isfinite(value) || !slope.allFinite()) {
            std::fill(gradient.begin(), gradient.end(), 0.0);
            return 1e10;
        }
        if (value > p.best) {
            p.best = value;
            p.at = at;
        }
        for (std::size_t i = 0; i < gradient.size(); ++i) gradient[i] = -slope[static_cast<Index>(i)];
        return -value;
    };
    const VectorXd first = starts.front().pack();
    const auto size = static_cast<std::size_t>(first.size());
    const std::size_t groups = layout.groups;
    std::vector<double> low(size, -1.5), high(size, 1.5);  // the warps'
    std::fill_n(low.begin(), groups, std::log(0.02));
    std::fill_n(high.begin(), groups, std::log(200.0));
    low[groups] = -5;
    high[groups] = 4;
    low[groups + 1] = std::log(1e-7);
    high[groups + 1] = 0.5;
    low[groups + 2] = -8;
    high[groups + 2] = 4;
    for (const Hyperparameters& start : starts) {
        const VectorXd packed = start.pack();
        std::vector<double> at(packed.data(), packed.data() + packed.size());
        for (std::size_t i = 0; i < size; ++i) at[i] = std::clamp(at[i], low[i], high[i]);
        nlopt::opt lbfgs(nlopt::LD_LBFGS, static_cast<unsigned>(size));
        lbfgs.set_min_objective(objective, &problem);
        lbfgs.set_lower_bounds(low);
        lbfgs.set_upper_bounds(high);
        lbfgs.set_maxeval(evaluations);
        lbfgs.set_ftol_abs(1e-3);
        double value = 0;
        try {
            lbfgs.optimize(at, value);
        } catch (const std::exception&) {
            // It ran into the limits of rounding: the best point seen has been kept.
        }
    }
    return Hyperparameters::unpack(layout, problem.at);
}

GaussianProcess::GaussianProcess(InputLayout layout, Hyperparameters hyperparameters, MatrixXd X,
                                 const VectorXd& y)
    : layout_(std::move(layout)), h_(std::move(hyperparameters)), X_(std::move(X)), y_(y) {
    scaled_ = scaled(X_);
    features_ = features(layout_, X_);
    MatrixXd K = covariance_with(X_);
    double jitter = std::exp(h_.log_noise);
    for (;; jitter *= 10) {
        MatrixXd noisy = K;
        noisy.diagonal().array() += jitter;
        cholesky_.compute(noisy);
        if (cholesky_.info() == Eigen::Success) break;
    }
    weights_ = cholesky_.solve(y_);
}

MatrixXd GaussianProcess::scaled(const MatrixXd& points) const {
    return scale(layout_, h_, points);
}

MatrixXd GaussianProcess::covariance_with(const MatrixXd& points) const {
    MatrixXd k = std::exp(h_.log_signal) * matern(squared_distances(scaled_, scaled(points)));
    k += std::exp(h_.log_trend) * (features_.transpose() * features(layout_, points));
    k.array() += kMeanVariance;
    return k;
}

GaussianProcess::Prediction GaussianProcess::predict(const MatrixXd& points) const {
    MatrixXd k = covariance_with(points);
    Prediction prediction;
    prediction.mean = k.transpose() * weights_;
    cholesky_.matrixL().solveInPlace(k);
    const double prior = std::exp(h_.log_signal) + kMeanVariance;
    const VectorXd trend =
        std::exp(h_.log_trend) * features(layout_, points).colwise().squaredNorm().transpose();
    prediction.deviation =
        (prior + trend.array() - k.colwise().squaredNorm().transpose().array()).max(1e-12).sqrt().matrix();
    return prediction;
}

GaussianProcess::Local GaussianProcess::predict_local(const VectorXd& point) const {
    const MatrixXd at = scaled(point);
    const double signal = std::exp(h_.log_signal);
    const MatrixXd r2 = squared_distances(scaled_, at);
    const double trend = std::exp(h_.log_trend);
    const VectorXd phi = features(layout_, point);
    VectorXd k = signal * matern(r2) + trend * (features_.transpose() * phi);
    k.array() += kMeanVariance;
    const VectorXd slope = signal * matern_slope(r2);
    const VectorXd back = cholesky_.solve(k);
    Local local;
    local.mean = k.dot(weights_);
    const double variance = std::max(signal + trend * phi.squaredNorm() + kMeanVariance - k.dot(back), 1e-12);
    local.deviation = std::sqrt(variance);
    // dk_i / ds_c = 2 slope_i (s_c - S_ci), and ds_c / dx_c by the warp.
    const VectorXd mean_force = 2 * slope.cwiseProduct(weights_);
    const VectorXd deviation_force = -2 / local.deviation * slope.cwiseProduct(back);
    local.mean_gradient = at.col(0) * mean_force.sum() - scaled_ * mean_force;
    local.deviation_gradient = at.col(0) * deviation_force.sum() - scaled_ * deviation_force;
    Index warped = 0;
    for (Index c = 0; c < point.size(); ++c) {
        const auto column = static_cast<std::size_t>(c);
        double stretch = std::exp(-h_.log_length[static_cast<Index>(layout_.group[column])]);
        if (layout_.warped[column]) {
            const double a = std::exp(h_.log_a[warped]), b = std::exp(h_.log_b[warped]);
            ++warped;
            const double x = std::clamp(point[c], kEdge, 1 - kEdge), xa = std::pow(x, a);
            stretch *= a * b * xa / x * std::pow(1 - xa, b - 1);
        }
        local.mean_gradient[c] *= stretch;
        local.deviation_gradient[c] *= stretch;
    }
    const VectorXd mean_by_feature = trend * (features_ * weights_);
    const VectorXd deviation_by_feature = trend / local.deviation * (phi - features_ * back);
    const double share = feature_share(layout_);
    Index row = 0;
    const auto add = [&](Index c, double rise) {
        local.mean_gradient[c] += rise * mean_by_feature[row];
        local.deviation_gradient[c] += rise * deviation_by_feature[row];
        ++row;
    };
    for (Index c = 0; c < point.size(); ++c) {
        add(c, share * 2 * std::sqrt(3.0));
        if (layout_.warped[static_cast<std::size_t>(c)])
            add(c, share * 6 * std::sqrt(5.0) * (2 * point[c] - 1));
    }
    return local;
}

GaussianProcess GaussianProcess::believing(const MatrixXd& points) const {
    MatrixXd X(X_.rows(), X_.cols() + points.cols());
    X << X_, points;
    VectorXd y(X.cols());
    y << y_, predict(points).mean;
    return {layout_, h_, std::move(X), y};
}

}  // namespace o2v::search
