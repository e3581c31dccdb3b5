// The search distribution of CMA-ES: the (mu/mu_w, lambda) evolution strategy with covariance matrix
// adaptation (Hansen, "The CMA Evolution Strategy: A Tutorial", arXiv 1604.00772), with margin for parameters
// of finitely many values (Hamano et al., GECCO 2022, arXiv 2205.13482), in the unit cube.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "search/study/search_space.hpp"

namespace o2v::search {

class CmaDistribution {
  public:
    using Vector = std::vector<double>;  // one entry a dimension

    // What a trial contributes. In dimensions that are not active the mean stays where it is.
    struct Member {
        Vector point;
        std::vector<bool> active;
    };

    // 4 + floor(3 ln dimensions).
    static std::size_t default_population(std::size_t dimensions);

    // A ball of deviation 1/6 about `mean`. `domains` says which dimensions have finitely many values, of
    // which the mean's neighbours always keep the probability 1/(dimensions * population), and so a chance.
    // REQUIRES: at least one domain, none of cardinality 1; the mean lies in [0, 1]^n; population >= 4.
    CmaDistribution(std::vector<Domain> domains, Vector mean, std::size_t population);

    // A point of the unit cube; what falls outside is reflected.
    Vector draw(Rng& rng) const;
    // Moves on to the next generation. The better half of the population, if so many are given, count by
    // rank; nothing happens when there is none. A point further away than draws usually are counts as nearer
    // (Hansen, "Injecting external solutions into CMA-ES", arXiv 1110.4181), so that any point may be given.
    void update(std::span<const Member> best_first);

    std::size_t population() const { return population_; }
    const Vector& mean() const { return mean_; }
    // The deviation of draws in a dimension, before reflection.
    double deviation(std::size_t dimension) const;
    // Can nothing more come of it: a covariance matrix without a numerical inverse, or deviations below
    // 1e-12?
    bool degenerate() const;

  private:
    void decompose();
    void keep_margin();
    void keep_margin(std::size_t dimension);

    std::vector<Domain> domains_;
    std::size_t population_;
    Vector mean_;
    double sigma_;
    Vector scale_;       // of the margin: the diagonal of Hamano et al.'s A
    Vector covariance_;  // n x n
    Vector path_, sigma_path_;
    std::size_t generation_ = 0;
    Vector axes_, lengths_;  // eigenvectors (columns) and the square roots of the eigenvalues
};

}  // namespace o2v::search
