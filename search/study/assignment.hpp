// The values a trial tries, and the random numbers they are drawn with.
#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <variant>

namespace o2v {

using ParamValue = std::variant<std::int64_t, double, std::string>;

// Parameter name -> value. Only the active parameters of a conditional space are present.
using Assignment = std::map<std::string, ParamValue, std::less<>>;

// The value as text: integers and strings as they are, floats in the shortest form that reads back equal.
std::string to_text(const ParamValue& value);
// "a=1, b=relu", in name order.
std::string to_text(const Assignment& params);

// An integer or float as a double. REQUIRES: not a string.
double to_number(const ParamValue& value);

// The standard 64-bit Mersenne Twister: its sequence is fixed by the C++ standard, while the standard
// distributions' are not, hence the functions below instead of <random>'s.
using Rng = std::mt19937_64;

// Uniform in [0, 1), from the top 53 bits.
double uniform01(Rng& rng);
// Uniform in {0, ..., n-1} without modulo bias. REQUIRES: n > 0.
std::uint64_t uniform_index(Rng& rng, std::uint64_t n);

// A seed for one purpose out of a study's seed: SplitMix64 (Steele et al., OOPSLA 2014) over both.
std::uint64_t derive_seed(std::uint64_t seed, std::uint64_t stream);

}  // namespace o2v
