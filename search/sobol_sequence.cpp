#include "search/sobol_sequence.hpp"

#include "search/sobol_directions.hpp"
#include "search/study/assignment.hpp"

namespace o2v::search {
namespace {

// Owen's scrambling by hash (as Burley, JCGT 9(4), 2020): each binary digit is flipped or not by a coin that
// depends on the seed and on all digits above it.
std::uint32_t scrambled(std::uint32_t digits, std::uint64_t seed) {
    std::uint32_t result = 0;
    for (std::uint32_t bit = 32; bit-- > 0;) {
        const std::uint64_t above =
            (std::uint64_t{1} << 32 | digits) >> (bit + 1);  // the leading 1 tells lengths apart
        const auto coin = static_cast<std::uint32_t>(derive_seed(seed, above) & 1);
        result |= ((digits >> bit & 1) ^ coin) << bit;
    }
    return result;
}

}  // namespace

SobolSequence::SobolSequence(std::size_t dimensions, std::optional<std::uint64_t> scramble_seed)
    : directions_(dimensions), scramble_seed_(scramble_seed) {
    const auto table = sobol_dimensions();
    for (std::size_t d = 0; d < dimensions; ++d) {
        Directions& v = directions_[d];
        if (d == 0) {
            for (std::size_t j = 0; j < kBits; ++j) v[j] = std::uint32_t{1} << (kBits - 1 - j);
            continue;
        }
        // v_j = a_1 v_(j-1) ^ ... ^ a_(s-1) v_(j-s+1) ^ v_(j-s) ^ (v_(j-s) >> s) (Joe & Kuo 2008, equation
        // 2).
        const auto& [coefficients, initial] = table[d - 1];
        const std::size_t s = initial.size();
        for (std::size_t j = 0; j < s; ++j) v[j] = initial[j] << (kBits - 1 - j);
        for (std::size_t j = s; j < kBits; ++j) {
            v[j] = v[j - s] ^ (v[j - s] >> s);
            for (std::size_t k = 1; k < s; ++k)
                if (coefficients >> (s - 1 - k) & 1) v[j] ^= v[j - k];
        }
    }
}

std::vector<double> SobolSequence::point(std::uint64_t index) const {
    const std::uint64_t gray = index ^ (index >> 1);
    std::vector<double> coordinates(directions_.size());
    for (std::size_t d = 0; d < directions_.size(); ++d) {
        std::uint32_t digits = 0;
        for (std::size_t j = 0; j < kBits; ++j)
            if (gray >> j & 1) digits ^= directions_[d][j];
        if (scramble_seed_) digits = scrambled(digits, derive_seed(*scramble_seed_, d));
        coordinates[d] = digits * 0x1.0p-32;
    }
    return coordinates;
}

}  // namespace o2v::search
