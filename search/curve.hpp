// What pruners read off a curve, and the words they say it in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "search/study/study.hpp"

namespace o2v::search {

// The goal's metric; null when it has not been reported.
const double* reported(const Measurement& measurement, const Goal& goal);
// The best value of the first `epochs` epochs (fewer where the curve is shorter); nullopt when none of them
// reported, NaN when nothing but NaN has been.
std::optional<double> best_of_first(std::int64_t epochs, const Trial& trial, const Goal& goal);

std::string short_text(double value);                  // four digits
std::string plural(std::size_t n, const char* noun);   // "3 trials"
std::string plural(std::int64_t n, const char* noun);  // REQUIRES: n >= 0

// The value of an option; throws InputError when it is below `least`.
std::int64_t at_least(std::int64_t least, const char* field, std::int64_t value);

}  // namespace o2v::search
