#include "search/curve.hpp"

#include <algorithm>
#include <cstdio>

#include "search/study/errors.hpp"

namespace o2v::search {

const double* reported(const Measurement& measurement, const Goal& goal) {
    const auto found = measurement.metrics.find(goal.metric);
    return found == measurement.metrics.end() ? nullptr : &found->second;
}

std::optional<double> best_of_first(std::int64_t epochs, const Trial& trial, const Goal& goal) {
    std::optional<double> best;
    const std::int64_t end = std::min(epochs, static_cast<std::int64_t>(trial.curve.size()));
    for (std::int64_t e = 0; e < end; ++e)
        if (const double* value = reported(trial.curve[static_cast<std::size_t>(e)], goal);
            value && (!best || better(goal, *value, *best)))
            best = *value;
    return best;
}

std::string short_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

std::string plural(std::size_t n, const char* noun) {
    return std::to_string(n) + " " + noun + (n == 1 ? "" : "s");
}

std::string plural(std::int64_t n, const char* noun) {
    return plural(static_cast<std::size_t>(n), noun);
}

std::int64_t at_least(std::int64_t least, const char* field, std::int64_t value) {
    if (value < least)
        throw InputError(field, std::to_string(value), "must be at least " + std::to_string(least));
    return value;
}

}  // namespace o2v::search
