// What is worth trying, by a Gaussian process's word.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "search/gaussian_process.hpp"

namespace o2v::search {

// Logarithm of the expected improvement on `incumbent` (Ament et al., NeurIPS 2023), and for each constraint
// the logarithm of the probability that it is met, P(g(x) <= 0) (Gelbart et al., UAI 2014).
struct Acquisition {
    const GaussianProcess& loss;
    double incumbent;
    std::vector<GaussianProcess> constraints;  // of g

    Eigen::VectorXd operator()(const Eigen::MatrixXd& points) const;  // F x m -> m
    double local(const Eigen::VectorXd& point, Eigen::VectorXd& gradient) const;
};

}  // namespace o2v::search
