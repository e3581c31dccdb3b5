// A density over a product of parameters as a mixture of product kernels, one a point: the model of the
// tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011) in its joint ("multivariate") form
// (Falkner et al., ICML 2018; Watanabe, arXiv 2304.11127).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search/study/search_space.hpp"

namespace o2v::search {

// One parameter's factor. Its coordinate is the unit one of SearchSpace on a continuum, and otherwise the
// index of the value.
class ParzenAxis {
  public:
    // Numbers of more values than this are modelled as a continuum, at the middles of their shares.
    static constexpr std::uint64_t kMostCells = 128;

    enum class Kind {
        continuum,   // a density on [0, 1]
        cells,       // ordered values, each with its share of [0, 1]
        categories,  // values without an order
    };

    explicit ParzenAxis(const Domain& domain);

    Kind kind() const { return kind_; }
    std::size_t values() const { return values_; }  // 0 of a continuum
    double low(std::size_t value) const { return edges_[value]; }
    double high(std::size_t value) const { return edges_[value + 1]; }
    double middle(std::size_t value) const { return (low(value) + high(value)) / 2; }
    // The coordinate of the value that has the unit coordinate `unit`. REQUIRES: 0 <= unit <= 1.
    float coordinate(double unit) const;
    // The unit coordinate of the middle of the value's share.
    double unit(float coordinate) const;

  private:
    Domain domain_;
    Kind kind_;
    std::size_t values_ = 0;
    std::vector<double> edges_;  // values + 1 of them
};

class ParzenEstimator {
  public:
    using Point = std::vector<float>;  // a coordinate an axis

    // The kernel of a number is a normal distribution about the point, cut to [0, 1], and for cells its
    // integral over each; its deviation, the same for all points, is 0.2 n^(-1/(axes+4)), and no less than
    // 1/min(100, n+2). The kernel of a category is 1 at the point's value and 1/(n+1) more at each, divided
    // by the sum. To the n kernels comes a wide one of weight 1, the prior: a normal distribution of
    // deviation 1 about the middle, or the same for each category. Without points it is all there is.
    // coordinates[k * axes + a]: point k's on axis a. REQUIRES: as many points as weights, weights are
    // positive, `axes` outlives this.
    ParzenEstimator(std::span<const ParzenAxis> axes, const std::vector<float>& coordinates,
                    std::span<const double> weights);

    Point sample(Rng& rng) const;
    // log density (for cells and categories: probability) at each of the points. To about 1e-3: single
    // precision, an interpolated normaliser.
    std::vector<double> log_density(std::span<const Point> points) const;
    double bandwidth() const { return bandwidth_; }

  private:
    class Sums;

    // log of the kernel about each of the axis's values, at the value `at`.
    std::vector<float> kernel_row(std::size_t axis, std::size_t at) const;
    double prior_log_density(const Point& point) const;

    std::span<const ParzenAxis> axes_;
    std::size_t size_;
    double bandwidth_;
    std::vector<std::size_t> continua_, listed_;   // which axes are continua, and which are not
    std::vector<float> middles_;                   // of the continua, point by point
    std::vector<std::uint32_t> indices_;           // of the listed ones, point by point
    std::vector<std::vector<double>> log_inside_;  // of cells: log of the mass in [0, 1] about each value
    std::vector<double> cumulated_;  // weights up to and with point k; the prior is beyond the last
    std::vector<float> log_scale_;   // log of a point's weight and of its continuous kernels' constants
    double log_prior_weight_;
};

}  // namespace o2v::search
