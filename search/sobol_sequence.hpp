// Sobol's low-discrepancy sequence, plain or scrambled. Any point in O(dimensions).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace o2v::search {

class SobolSequence {
  public:
    static constexpr std::size_t kMaxDimensions = 64;

    // With a scramble seed the digits are permuted as Owen does (nested uniform scrambling, Owen, MCQMC
    // 1995): the points stay a net and each becomes uniform in the cube. Without, point(0) is the origin.
    // REQUIRES: dimensions <= kMaxDimensions.
    explicit SobolSequence(std::size_t dimensions, std::optional<std::uint64_t> scramble_seed = std::nullopt);

    // Point `index` in the Gray code order of Antonov & Saleev (1979), each coordinate a multiple of 2^-32 in
    // [0, 1). Of 2^32 points; a larger index starts over.
    std::vector<double> point(std::uint64_t index) const;

  private:
    static constexpr std::size_t kBits = 32;
    using Directions = std::array<std::uint32_t, kBits>;

    std::vector<Directions> directions_;
    std::optional<std::uint64_t> scramble_seed_;
};

}  // namespace o2v::search
