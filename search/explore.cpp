#include "search/explore.hpp"

#include <algorithm>
#include <cmath>

namespace o2v::search {
namespace {

constexpr double kAnew = 0.25;
constexpr int kAttempts = 32;

// The index nearest to `place` that is not `from`, on the side that `up` says; the end when there is none.
std::int64_t moved(double place, std::int64_t from, std::int64_t last, bool up) {
    const auto index = static_cast<std::int64_t>(std::llround(place));
    return std::clamp(up ? std::max(index, from + 1) : std::min(index, from - 1), std::int64_t{0}, last);
}

ParamValue moved(const FloatDomain& d, const ParamValue& value, bool up) {
    const double x = std::get<double>(value);
    const double factor = up ? 1.2 : 0.8;
    const double to =
        std::clamp(d.scale == Scale::reverse_log ? 1 - (1 - x) * factor : x * factor, d.min, d.max);
    if (d.step == 0) return to;
    // A negative number that is multiplied by 1.2 goes down.
    const auto index = moved((to - d.min) / d.step, std::llround((x - d.min) / d.step),
                             static_cast<std::int64_t>(*cardinality(d)) - 1, x < 0 ? !up : up);
    return value_of_step(d, static_cast<double>(index));
}

ParamValue moved(const IntDomain& d, const ParamValue& value, bool up) {
    const std::int64_t x = std::get<std::int64_t>(value);
    const double to = static_cast<double>(x) * (up ? 1.2 : 0.8);
    const auto step = static_cast<double>(d.step);
    return d.min + d.step * moved((to - static_cast<double>(d.min)) / step, (x - d.min) / d.step,
                                  static_cast<std::int64_t>(*cardinality(d)) - 1, x < 0 ? !up : up);
}

ParamValue moved(const CategoricalDomain&, const ParamValue& value, bool) {
    return value;
}

ParamValue moved(const OrdinalDomain& d, const ParamValue& value, bool up) {
    const auto index = std::find(d.values.begin(), d.values.end(), value) - d.values.begin();
    return d.values[static_cast<std::size_t>(
        std::clamp<std::ptrdiff_t>(index + (up ? 1 : -1), 0, std::ssize(d.values) - 1))];
}

bool explores(const SearchOptions& options, const std::string& name) {
    if (options.explore.empty()) return name != "epochs";
    return std::find(options.explore.begin(), options.explore.end(), name) != options.explore.end();
}

}  // namespace

Assignment explored(const Assignment& params, const StudySpec& spec, Rng& rng) {
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        Assignment changed = params;
        for (const Parameter& parameter : spec.space.parameters()) {
            const auto value = changed.find(parameter.name);
            if (value == changed.end() || !explores(spec.search, parameter.name)) continue;
            if (uniform01(rng) < kAnew) {
                value->second = from_unit(parameter.domain, uniform01(rng));
            } else {
                const bool up = uniform01(rng) < 0.5;
                value->second =
                    std::visit([&](const auto& d) { return moved(d, value->second, up); }, parameter.domain);
            }
        }
        changed = spec.space.complete(changed);
        if (spec.space.contains(changed)) return changed;
    }
    return params;
}

}  // namespace o2v::search
