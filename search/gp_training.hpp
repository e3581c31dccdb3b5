// What a Gaussian process learns a study from: which configurations, at which part of their training, with
// which warped losses.
#pragma once

#include <Eigen/Core>
#include <vector>

#include "search/gp_inputs.hpp"
#include "search/observations.hpp"
#include "search/study/study.hpp"

namespace o2v::search {

class GpTraining {
  public:
    // `ended` limits the trials learned from to the first so many ended ones; nullopt takes all that have
    // something to say. With several goals each point's loss is the largest of its goals' warped losses above
    // the best times `weights` (one a goal, positive), the hypervolume scalarization of Golovin & Zhang
    // (2020): its expectation over directions ranks points by the hypervolume they add. REQUIRES:
    // weights.size() == the number of goals.
    GpTraining(const Study& study, std::optional<std::size_t> ended, const std::vector<double>& weights);

    const GpInputs& inputs() const { return inputs_; }
    Eigen::MatrixXd X;  // F x n
    Eigen::VectorXd y;  // n, standardized, least = best
    // Distinct configurations of this study that `y` is about, most promising by the data first.
    const std::vector<const Trial*>& trials() const { return trials_; }
    // Those of identical prior trials, likewise; a similar task's best is not this one's.
    const std::vector<Assignment>& prior() const { return prior_; }

  private:
    GpInputs inputs_;
    std::vector<const Trial*> trials_;
    std::vector<Assignment> prior_;
};

// Does the process see trainings that are not over? With a pruner, and one goal: of several there are no
// scalarized curves.
bool is_multi_fidelity(const StudySpec& spec);
// How much of a full training `epochs` are, on a logarithmic scale, in [0, 1].
double resource_of(const Study& study, std::int64_t epochs);

}  // namespace o2v::search
