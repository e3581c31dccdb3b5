// Values of one domain and their places in [0, 1].
#include <algorithm>
#include <cmath>

#include "search/study/errors.hpp"
#include "search/study/search_space.hpp"

namespace o2v {
namespace {

// A scale as a map under which equal distances count the same.
double warp(Scale scale, double x) {
    switch (scale) {
        case Scale::log:
            return std::log(x);
        case Scale::reverse_log:
            return -std::log1p(-x);
        case Scale::linear:
            break;
    }
    return x;
}

double unwarp(Scale scale, double y) {
    switch (scale) {
        case Scale::log:
            return std::exp(y);
        case Scale::reverse_log:
            return -std::expm1(-y);
        case Scale::linear:
            break;
    }
    return y;
}

// Where y lies between low and high, without overflow; 1/2 when they are one.
double fraction(double y, double low, double high) {
    const double width = high * 0.5 - low * 0.5;
    if (!(width > 0)) return 0.5;
    return std::clamp((y * 0.5 - low * 0.5) / width, 0.0, 1.0);
}

// Integers on a log scale: each gets [log(i - 1/2), log(i + 1/2)] of the logarithms from `low` to `high`.
struct LogIntegers {
    double low, high;
    explicit LogIntegers(const IntDomain& d)
        : low(std::log(static_cast<double>(d.min) - 0.5)), high(std::log(static_cast<double>(d.max) + 0.5)) {}

    std::int64_t value_at(double u) const {
        return static_cast<std::int64_t>(std::floor(std::exp(std::lerp(low, high, u)) + 0.5));
    }
    Share share_of(std::int64_t i) const {
        const auto x = static_cast<double>(i);
        return {fraction(std::log(x - 0.5), low, high), fraction(std::log(x + 0.5), low, high)};
    }
    double middle_of(std::int64_t i) const {
        const auto x = static_cast<double>(i);
        return fraction((std::log(x - 0.5) + std::log(x + 0.5)) / 2, low, high);
    }
};

double count(const IntDomain& d) {
    const std::int64_t steps = (d.max - d.min) / d.step;
    return static_cast<double>(steps + 1);
}
// Of a float with a step. The tolerance lets max count where (max - min) / step is an integer but for
// rounding.
double count(const FloatDomain& d) {
    return std::floor((d.max - d.min) / d.step * (1 + 1e-12) + 1e-9) + 1;
}

// The share of [0, 1] that an index of n gets is [index/n, (index+1)/n).
std::uint64_t index_at(double u, double n) {
    return static_cast<std::uint64_t>(std::min(std::floor(u * n), n - 1));
}
double middle_of(std::uint64_t index, double n) {
    return (static_cast<double>(index) + 0.5) / n;
}

ParamValue value_at(const FloatDomain& d, double u) {
    if (d.step > 0) return value_of_step(d, static_cast<double>(index_at(u, count(d))));
    if (u == 0) return d.min;
    if (u == 1) return d.max;
    const double y = std::lerp(warp(d.scale, d.min), warp(d.scale, d.max), u);
    return std::clamp(unwarp(d.scale, y), d.min, d.max);
}

ParamValue value_at(const IntDomain& d, double u) {
    if (d.scale != Scale::log) return d.min + d.step * static_cast<std::int64_t>(index_at(u, count(d)));
    return std::clamp(LogIntegers(d).value_at(u), d.min, d.max);
}

ParamValue value_at(const std::vector<ParamValue>& values, double u) {
    return values[index_at(u, static_cast<double>(values.size()))];
}
ParamValue value_at(const CategoricalDomain& d, double u) {
    return value_at(d.values, u);
}
ParamValue value_at(const OrdinalDomain& d, double u) {
    return value_at(d.values, u);
}

double place_of(const FloatDomain& d, const ParamValue& value) {
    const double x = std::get<double>(value);
    if (d.step > 0) return (std::round((x - d.min) / d.step) + 0.5) / count(d);
    return fraction(warp(d.scale, x), warp(d.scale, d.min), warp(d.scale, d.max));
}

double place_of(const IntDomain& d, const ParamValue& value) {
    const std::int64_t i = std::get<std::int64_t>(value);
    if (d.scale != Scale::log) return middle_of(static_cast<std::uint64_t>((i - d.min) / d.step), count(d));
    return LogIntegers(d).middle_of(i);
}

double place_of(const std::vector<ParamValue>& values, const ParamValue& value) {
    const auto index = std::find(values.begin(), values.end(), value) - values.begin();
    return middle_of(static_cast<std::uint64_t>(index), static_cast<double>(values.size()));
}
double place_of(const CategoricalDomain& d, const ParamValue& value) {
    return place_of(d.values, value);
}
double place_of(const OrdinalDomain& d, const ParamValue& value) {
    return place_of(d.values, value);
}

template <class Range, class T>
bool in_range(const Range& d, const ParamValue& value) {
    const T* x = std::get_if<T>(&value);
    return x && *x >= d.min && *x <= d.max;
}
bool holds(const FloatDomain& d, const ParamValue& value) {
    if (!in_range<FloatDomain, double>(d, value)) return false;
    if (d.step == 0) return true;
    const double x = std::get<double>(value);
    return std::abs(value_of_step(d, std::round((x - d.min) / d.step)) - x) <= 1e-9 * d.step;
}
bool holds(const IntDomain& d, const ParamValue& value) {
    return in_range<IntDomain, std::int64_t>(d, value) &&
           (std::get<std::int64_t>(value) - d.min) % d.step == 0;
}
bool holds(const CategoricalDomain& d, const ParamValue& value) {
    return std::find(d.values.begin(), d.values.end(), value) != d.values.end();
}
bool holds(const OrdinalDomain& d, const ParamValue& value) {
    return std::find(d.values.begin(), d.values.end(), value) != d.values.end();
}

std::string describe(const FloatDomain& d) {
    const std::string text =
        "a float in [" + to_text(ParamValue(d.min)) + ", " + to_text(ParamValue(d.max)) + "]";
    return d.step == 0 ? text : text + " in steps of " + to_text(ParamValue(d.step));
}
std::string describe(const IntDomain& d) {
    const std::string text = "an integer in [" + std::to_string(d.min) + ", " + std::to_string(d.max) + "]";
    return d.step == 1 ? text : text + " in steps of " + std::to_string(d.step);
}
std::string describe(const std::vector<ParamValue>& values) {
    std::string text = "one of ";
    for (const ParamValue& value : values) text += (&value == values.data() ? "" : ", ") + to_text(value);
    return text;
}
std::string describe(const CategoricalDomain& d) {
    return describe(d.values);
}
std::string describe(const OrdinalDomain& d) {
    return describe(d.values);
}

}  // namespace

double value_of_step(const FloatDomain& d, double index) {
    const double sum = d.min + index * d.step;
    for (double power = 1; power <= 1e22; power *= 10) {  // powers of ten that are exact
        const auto rounded = [power](double x) { return std::round(x * power) / power; };
        if (rounded(d.min) == d.min && rounded(d.step) == d.step)
            return std::min(rounded(sum) + 0.0, d.max);  // + 0.0: no -0
    }
    return std::min(sum, d.max);
}

ParamValue nth_value(const Domain& domain, std::uint64_t n) {
    if (const auto* values = listed_values(domain)) return (*values)[n];
    if (const auto* d = std::get_if<IntDomain>(&domain))
        return d->min + d->step * static_cast<std::int64_t>(n);
    return value_of_step(std::get<FloatDomain>(domain), static_cast<double>(n));
}

std::optional<std::uint64_t> cardinality(const Domain& domain) {
    if (const auto* values = listed_values(domain)) return values->size();
    if (const auto* d = std::get_if<IntDomain>(&domain))
        return static_cast<std::uint64_t>((d->max - d->min) / d->step + 1);
    const auto& d = std::get<FloatDomain>(domain);
    if (d.step > 0) return static_cast<std::uint64_t>(count(d));
    return d.min == d.max ? std::optional<std::uint64_t>(1) : std::nullopt;
}

ParamValue from_unit(const Domain& domain, double u) {
    const double clamped = u >= 0 ? std::min(u, 1.0) : 0.0;
    return std::visit([&](const auto& d) { return value_at(d, clamped); }, domain);
}

double to_unit(const Domain& domain, const ParamValue& value) {
    return std::visit(
        [&](const auto& d) {
            if (!holds(d, value)) throw InputError("value", to_text(value), "must be " + describe(d));
            return place_of(d, value);
        },
        domain);
}

bool contains(const Domain& domain, const ParamValue& value) {
    return std::visit([&](const auto& d) { return holds(d, value); }, domain);
}

Share share_of(const Domain& domain, const ParamValue& value) {
    if (const auto* d = std::get_if<IntDomain>(&domain); d && d->scale == Scale::log)
        return LogIntegers(*d).share_of(std::get<std::int64_t>(value));
    const double middle = to_unit(domain, value);
    const double half = 0.5 / static_cast<double>(*cardinality(domain));
    return {std::max(middle - half, 0.0), std::min(middle + half, 1.0)};
}

}  // namespace o2v
