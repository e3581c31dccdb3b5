// A table of learning curves of listed configurations, such as TaskSet's (Metz et al., "Using a thousand
// optimization tasks to learn hyperparameter search strategies", 2020): searched as the continuous space that
// the configurations lie in.
#pragma once

#include <span>

#include "search/bench/landscape.hpp"

namespace o2v::bench_search {

// The prefix of the columns that hold the curve: valid_loss_0, valid_loss_1, ... Columns that begin with
// "test_" or "train_" are left out, all others are parameters.
inline constexpr const char* kEpochColumn = "valid_loss_";

class CurveTable final : public Landscape {
  public:
    // Parameters are floats between the least and the greatest value listed: on the log scale when all are
    // positive and the greatest is at least 100 times the least, on the reverse-log scale when all lie in
    // [0, 1) and 1 - x spans as much, else linear. Throws InputError when the file cannot be read, has no
    // parameter, no or not all epochs, no row, no number at the last epoch, or a parameter that is not a
    // finite number.
    CurveTable(const std::string& path, std::string name, std::string group);

    double random_best(std::size_t n) const override;
    // The nearest row, by Euclid's distance in unit coordinates, that the study has not tried.
    std::optional<Assignment> place(const Assignment& suggested, const Study& study) const override;
    // At the last epoch.
    double value(const Assignment& params) const override { return curve(params).back(); }
    // Epoch by epoch; NaN = diverged. REQUIRES: `params` comes from place().
    std::span<const double> curve(const Assignment& params) const;
    std::size_t epochs() const { return epochs_; }

  private:
    struct Content;
    CurveTable(Content content, std::string name, std::string group);
    std::size_t row_of(const Assignment& params) const;

    std::size_t epochs_;
    std::vector<Assignment> rows_;  // ascending by the assignment
    std::vector<double> units_;     // rows x parameters
    std::vector<double> curves_;    // rows x epochs
};

}  // namespace o2v::bench_search
