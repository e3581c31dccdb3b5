// A density over a product of parameters as a mixture of product kernels, one a point: the model of the
// tree-structured Parzen estimator (Bergstra et al., NeurIPS 2011) in its joint ("multivariate") form
// (Falkner et al., ICML 2018; Watanabe, arXiv 2304.11127).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "search/study/search_space.hpp"

namespace o2v::search {

// One parameter's share of the product, in the unit coordinates of SearchSpace.
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
    std::size_t values() const { return values_; }  // 0 for a continuum
    double low(std::size_t value) const { return edges_[value]; }
    double high(std::size_t value) const { return edges_[value + 1]; }
    double middle(std::size_t value) const { return (low(value) + high(value)) / 2; }
    // Which value has the coordinate? REQUIRES: not a continuum, 0 <= unit <= 1.
    std::size_t value_at(double unit) const;
    // The coordinate of the value that `unit` stands for.
    double snapped(double unit) const;

  private:
    Domain domain_;
    Kind kind_;
    std::size_t values_ = 0;
    std::vector<double> edges_;  // values + 1 of them
};

class ParzenEstimator {
  public:
    using Point = std::vector<double>;  // a coordinate an axis

    // The kernel of a number is a normal distribution about the point, cut to [0, 1], and for cells its
    // integral over each; its deviation, the same for all points, is 0.2 n^(-1/(axes+4)), and no less than
    // 1/min(100, n+2). The kernel of a category is 1 at the point's value and 1/(n+1) more at each, divided
    // by the sum. To the n kernels comes a wide one of weight 1, the prior: a normal distribution of
    // deviation 1 about the middle, or the same for each category. Without points it is all there is.
    // columns[a][k]: point k's coordinate on axis a. REQUIRES: every column is as long as `weights`, weights
    // are positive, `axes` outlives this.
    ParzenEstimator(std::span<const ParzenAxis> axes, std::vector<std::vector<float>> columns,
                    std::span<const double> weights);

    Point sample(Rng& rng) const;
    // log density (for cells and categories: probability) at each of the points. To about 1e-3: single
    // precision, an interpolated normaliser.
    std::vector<double> log_density(std::span<const Point> points) const;
    double bandwidth() const { return bandwidth_; }

  private:
    struct Column {
        std::vector<float> middles;          // of a continuum
        std::vector<std::uint32_t> indices;  // of cells and categories
    };
    // log of the kernel about each of the axis's values, at the value `at`.
    std::vector<float> kernel_row(const ParzenAxis& axis, std::size_t at) const;
    double prior_log_density(const Point& point) const;

    std::span<const ParzenAxis> axes_;
    std::size_t size_;
    double bandwidth_;
    std::vector<Column> columns_;
    std::vector<double> cumulated_;  // weights up to and with point k; the prior is beyond the last
    std::vector<float> log_scale_;   // log of a point's weight and of its continuous kernels' constants
    double log_prior_weight_;
};

}  // namespace o2v::search
