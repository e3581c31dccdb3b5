// A Gaussian process over mixed inputs, the surrogate of Bayesian optimization (Rasmussen & Williams,
// "Gaussian Processes for Machine Learning", 2006).
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

namespace o2v::search {

// What the inputs are: F columns in [0, 1]. Columns of one group share a length scale (a category's one-hot
// columns). A warped column, a number's, is passed through Kumaraswamy's distribution function 1 - (1 -
// x^a)^b with learned a and b (Snoek et al., ICML 2014), so that the function may vary faster at one end of a
// range.
struct InputLayout {
    std::vector<std::size_t> group;  // of each column: 0 ... groups - 1
    std::vector<bool> warped;        // each column
    std::vector<bool> alike;  // each group: its length scale is expected near those of the others so marked
    std::size_t groups = 0;

    // The same with no group like another.
    InputLayout apart() const;
    std::size_t columns() const { return group.size(); }
    std::size_t warped_columns() const;
    bool operator==(const InputLayout&) const = default;
};

// Covariance of f at x and x': signal * m(r) + trend * p(x, x') + kMeanVariance. m is Matern's with nu = 5/2
// (equation 4.17), r^2 the sum over the columns of (w(x_c) - w(x'_c))^2 / length[group]^2. p is an additive
// quadratic's: the mean over the groups of the products of the features of x and x', which are Legendre's
// polynomials of degree 1 and 2 for a number and a constant for each value of a category; it tells a bowl
// from a handful of points, and the middle of a range from its ends, where m alone still sees nothing.
// Observations add independent noise. Outputs are expected to be standardized. All in logarithms, as they are
// learned.
struct Hyperparameters {
    Eigen::VectorXd log_length;  // each group
    double log_signal = 0;
    double log_noise = -9;
    double log_trend = -1;
    Eigen::VectorXd log_a, log_b;  // each warped column

    // The prior's centre: what a fit without data gives.
    static Hyperparameters typical(const InputLayout& layout);
    Eigen::VectorXd pack() const;
    static Hyperparameters unpack(const InputLayout& layout, const Eigen::VectorXd& packed);
};

inline constexpr double kMeanVariance = 1;  // of the constant mean, about 0

// log p(y | X, h) + log p(h), up to a constant, and its gradient by pack() when asked for. Priors: log length
// ~ N(sqrt(2) + log(groups) / 2, 3), which grows with the dimension as distances do (Hvarfner et al., ICML
// 2024), with a correlation of 0.9 between the groups that are alike: a few points in many dimensions then
// tell the length scale that numbers have in common, where independent ones would leave most of them at the
// prior's centre, as if they had no effect; log signal ~ N(0, 4); log noise ~ N(-9, 4); log trend ~ N(-1, 2);
// log a, log b ~ N(0, 1/10). -infinity where the covariance is not positive definite. X: F x n, one column a
// point.
double log_posterior(const InputLayout& layout, const Eigen::MatrixXd& X, const Eigen::VectorXd& y,
                     const Hyperparameters& h, Eigen::VectorXd* gradient = nullptr);

// The most probable hyperparameters found by L-BFGS (Liu & Nocedal, 1989; NLopt's) from each of the starts,
// at most `evaluations` evaluations of log_posterior each. REQUIRES: a start.
Hyperparameters fit(const InputLayout& layout, const Eigen::MatrixXd& X, const Eigen::VectorXd& y,
                    std::span<const Hyperparameters> starts, int evaluations);

// The process given observations.
class GaussianProcess {
  public:
    GaussianProcess(InputLayout layout, Hyperparameters hyperparameters, Eigen::MatrixXd X,
                    const Eigen::VectorXd& y);

    struct Prediction {
        Eigen::VectorXd mean, deviation;  // of f, without the noise
    };
    Prediction predict(const Eigen::MatrixXd& points) const;  // F x m
    // With derivatives by the columns of one point.
    struct Local {
        double mean, deviation;
        Eigen::VectorXd mean_gradient, deviation_gradient;
    };
    Local predict_local(const Eigen::VectorXd& point) const;
    // The same process with further observations, whose values are its own means there ("Kriging believer",
    // Ginsbourger et al. 2010).
    GaussianProcess believing(const Eigen::MatrixXd& points) const;

    std::size_t size() const { return static_cast<std::size_t>(y_.size()); }
    const Hyperparameters& hyperparameters() const { return h_; }

  private:
    Eigen::MatrixXd scaled(const Eigen::MatrixXd& points) const;
    Eigen::MatrixXd covariance_with(const Eigen::MatrixXd& points) const;  // n x m

    InputLayout layout_;
    Hyperparameters h_;
    Eigen::MatrixXd X_, scaled_, features_;
    Eigen::VectorXd y_;
    Eigen::LLT<Eigen::MatrixXd> cholesky_;
    Eigen::VectorXd weights_;  // K^-1 y
};

}  // namespace o2v::search
