// Points that fill a space evenly: where strategies begin, and where they look around.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "search/sobol_sequence.hpp"
#include "search/study/study.hpp"

namespace o2v::search {

class Spread {
  public:
    // Of a scrambled Sobol sequence; in more dimensions than it has, independent uniform draws.
    Spread(std::size_t dimensions, std::uint64_t seed);

    // Each coordinate in [0, 1); the same index gives the same point.
    std::vector<double> point(std::uint64_t index) const;
    // For the study's next trial: of the points from its number on the first that is neither tried nor
    // forbidden, and after 32 of them untried_after() the last. nullopt once a finite space is exhausted.
    // REQUIRES: the study's space has so many dimensions.
    std::optional<Assignment> next_open(const Study& study) const;

  private:
    std::size_t dimensions_;
    std::uint64_t seed_;
    std::optional<SobolSequence> sequence_;
};

}  // namespace o2v::search
