#include "search/acquisition.hpp"

#include <cmath>

#include "search/normal.hpp"

namespace o2v::search {

using Eigen::Index;

Eigen::VectorXd Acquisition::operator()(const Eigen::MatrixXd& points) const {
    const GaussianProcess::Prediction at = loss.predict(points);
    Eigen::VectorXd score(points.cols());
    for (Index i = 0; i < score.size(); ++i)
        score[i] = std::log(at.deviation[i]) + log_improvement((incumbent - at.mean[i]) / at.deviation[i]);
    for (std::size_t c = 0; c < constraints.size(); ++c) {
        const GaussianProcess::Prediction g = constraints[c].predict(points);
        for (Index i = 0; i < score.size(); ++i)
            score[i] += log_normal_probability(-g.mean[i] / g.deviation[i]);
    }
    return score;
}

double Acquisition::local(const Eigen::VectorXd& point, Eigen::VectorXd& gradient) const {
    const GaussianProcess::Local at = loss.predict_local(point);
    const double z = (incumbent - at.mean) / at.deviation;
    double score = std::log(at.deviation) + log_improvement(z);
    const double slope = log_improvement_slope(z);
    gradient = at.deviation_gradient / at.deviation -
               slope * (at.mean_gradient + z * at.deviation_gradient) / at.deviation;
    for (std::size_t c = 0; c < constraints.size(); ++c) {
        const GaussianProcess::Local g = constraints[c].predict_local(point);
        const double margin = -g.mean / g.deviation;
        const double log_p = log_normal_probability(margin);
        score += log_p;
        gradient -= std::exp(log_normal_density(margin) - log_p) *
                    (g.mean_gradient + margin * g.deviation_gradient) / g.deviation;
    }
    return score;
}

}  // namespace o2v::search
