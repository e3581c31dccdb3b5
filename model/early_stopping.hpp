// Object2Vec's own rule for ending a training before its last epoch (spec 4.6; agrees with the published
// logs).
#pragma once

#include <cstdint>
#include <vector>

namespace o2v::model {

// For epoch e >= patience: reference = the least of the `patience` losses before it; a loss less than
// reference - tolerance (an absolute figure) is good and clears the count, any other counts as bad; more than
// `patience` bad ones in a row end the training. patience 0: never.
class EarlyStopping {
  public:
    EarlyStopping(std::int64_t patience, double tolerance) : patience_(patience), tolerance_(tolerance) {}

    // Takes the next epoch's loss; is the training to end?
    bool add(double loss);
    bool stopped() const { return patience_ > 0 && bad_ > patience_; }
    const std::vector<double>& losses() const {
        return losses_;
    }  // all so far; enough to rebuild this by add()

  private:
    std::int64_t patience_;
    double tolerance_;
    std::vector<double> losses_;
    std::int64_t bad_ = 0;
};

}  // namespace o2v::model
