// A Gaussian process over numbers, warped numbers and a category, with hyperparameters off their usual
// values.
#pragma once

#include <cmath>

#include "search/gaussian_process.hpp"
#include "search/study/assignment.hpp"

namespace o2v::testing {

// A warped number, a number, a category of three, a warped number; the numbers are alike.
inline search::InputLayout mixed_layout() {
    return {{0, 1, 2, 2, 2, 3}, {true, false, false, false, false, true}, {true, true, false, true}, 4};
}

inline Eigen::MatrixXd mixed_points(Eigen::Index n, Rng& rng) {
    Eigen::MatrixXd X = Eigen::MatrixXd::Zero(6, n);
    for (Eigen::Index i = 0; i < n; ++i) {
        for (const Eigen::Index number : {0, 1, 5}) X(number, i) = 0.02 + 0.96 * uniform01(rng);
        X(2 + static_cast<Eigen::Index>(uniform_index(rng, 3)), i) = std::sqrt(0.5);
    }
    return X;
}

inline Eigen::VectorXd random_vector(Eigen::Index n, Rng& rng) {
    Eigen::VectorXd y(n);
    for (double& value : y) value = 3 * uniform01(rng) - 1.5;
    return y;
}

inline search::Hyperparameters odd_hyperparameters() {
    search::Hyperparameters h;
    h.log_length = Eigen::Vector4d(-0.7, 0.3, 0.1, 0.6);
    h.log_signal = 0.4;
    h.log_noise = -4;
    h.log_trend = -0.6;
    h.log_a = Eigen::Vector2d(0.3, -0.4);
    h.log_b = Eigen::Vector2d(-0.2, 0.5);
    return h;
}

inline search::GaussianProcess random_process(Eigen::Index n, std::uint64_t seed) {
    Rng rng(seed);
    const Eigen::MatrixXd X = mixed_points(n, rng);
    return {mixed_layout(), odd_hyperparameters(), X, random_vector(n, rng)};
}

}  // namespace o2v::testing
