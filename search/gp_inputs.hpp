// A search space as a Gaussian process sees it: points of numbers in [0, 1].
#pragma once

#include <Eigen/Core>
#include <vector>

#include "search/gaussian_process.hpp"
#include "search/study/search_space.hpp"

namespace o2v::search {

// One column for a float, an integer or an ordinal (its place among the values: neighbours are alike), warped
// when it has more than two values; for a category one column a value, 1/sqrt(2) where it is taken, so that
// any two values are as far from each other as a number's two ends. An inactive parameter is masked: a number
// has its middle, a category no value. A parameter with one value has no column. After them, where asked for,
// a column for the share of the training done (0 = none, 1 = all) and one a study, 1/sqrt(2) in that of the
// study observed.
class GpInputs {
  public:
    explicit GpInputs(const SearchSpace& space, bool resource = false, int studies = 1);

    const InputLayout& layout() const { return layout_; }
    // REQUIRES: space.fits(params), 0 <= study < studies; study 0 is the one searched.
    Eigen::VectorXd operator()(const Assignment& params, double resource = 1, int study = 0) const;

    struct Feature {
        std::size_t parameter;  // index in space.parameters()
        std::size_t first;      // its first column
        std::size_t values;     // of a category; 0 for a number
    };
    const std::vector<Feature>& features() const { return features_; }

  private:
    const SearchSpace* space_;
    InputLayout layout_;
    std::vector<Feature> features_;
    bool resource_;
    int studies_;
};

}  // namespace o2v::search
