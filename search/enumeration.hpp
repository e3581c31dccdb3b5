// The distinct assignments of a space whose parameters take finitely many values, one after the other.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "search/study/study.hpp"

namespace o2v::search {

class Enumeration {
  public:
    // One digit a parameter: which of its values; 0 while it is inactive.
    using Place = std::vector<std::uint64_t>;

    // REQUIRES: parents before children (SearchSpace::parameters()) and a cardinality() for each domain. A
    // condition may name parent values that are not among those walked.
    explicit Enumeration(std::vector<Parameter> parameters) : parameters_(std::move(parameters)) {}

    Place first() const { return Place(parameters_.size(), 0); }
    // To the next place, the last parameter's digit the fastest; after the last one back to the first.
    void advance(Place& place) const;
    Assignment at(const Place& place) const;
    // nullopt when `params` is not one of those walked.
    std::optional<Place> find(const Assignment& params) const;

    // The first assignment from `start` on, once round and of the next `most`, that the study has not tried
    // and its space does not forbid; nullopt when there is none. REQUIRES: most > 0.
    std::optional<Assignment> next_untried(const Place& start, const Study& study,
                                           std::size_t most = SIZE_MAX) const;

  private:
    std::vector<Parameter> parameters_;
};

}  // namespace o2v::search
