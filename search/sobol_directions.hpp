// The numbers that Sobol's sequence starts from. Private to the room.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace o2v::search {

// One dimension: a primitive polynomial over GF(2) of the degree s = initial.size(), x^s + a_1 x^(s-1) + ...
// + a_(s-1) x + 1 with the bits of `coefficients` = a_1 ... a_(s-1), and its first direction integers m_1 ...
// m_s.
struct SobolDimension {
    std::uint32_t coefficients;
    std::vector<std::uint32_t> initial;
};

// Dimensions 2 to 64 of new-joe-kuo-6.21201: S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better
// two-dimensional projections", SIAM J. Sci. Comput. 30 (2008) 2635-2654,
// https://web.maths.unsw.edu.au/~fkuo/sobol/. (Dimension 1 is van der Corput's sequence.)
std::span<const SobolDimension> sobol_dimensions();

}  // namespace o2v::search
