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

double count(const IntDomain& d) {
    return static_cast<double>(d.max - d.min + 1);
}

// The share of [0, 1] that an index of n gets is [index/n, (index+1)/n).
std::uint64_t index_at(double u, double n) {
    return static_cast<std::uint64_t>(std::min(std::floor(u * n), n - 1));
}
double middle_of(std::uint64_t index, double n) {
    return (static_cast<double>(index) + 0.5) / n;
}

ParamValue value_at(const FloatDomain& d, double u) {
    if (u == 0) return d.min;
    if (u == 1) return d.max;
    const double y = std::lerp(warp(d.scale, d.min), warp(d.scale, d.max), u);
    return std::clamp(unwarp(d.scale, y), d.min, d.max);
}

ParamValue value_at(const IntDomain& d, double u) {
    if (d.scale != Scale::log) return d.min + static_cast<std::int64_t>(index_at(u, count(d)));
    const double low = std::log(static_cast<double>(d.min) - 0.5);
    const double high = std::log(static_cast<double>(d.max) + 0.5);
    const auto rounded = static_cast<std::int64_t>(std::floor(std::exp(std::lerp(low, high, u)) + 0.5));
    return std::clamp(rounded, d.min, d.max);
}

ParamValue value_at(const CategoricalDomain& d, double u) {
    return d.values[index_at(u, static_cast<double>(d.values.size()))];
}

double place_of(const FloatDomain& d, const ParamValue& value) {
    const double x = std::get<double>(value);
    return fraction(warp(d.scale, x), warp(d.scale, d.min), warp(d.scale, d.max));
}

double place_of(const IntDomain& d, const ParamValue& value) {
    const std::int64_t i = std::get<std::int64_t>(value);
    if (d.scale != Scale::log) return middle_of(static_cast<std::uint64_t>(i - d.min), count(d));
    const auto x = static_cast<double>(i);
    return fraction((std::log(x - 0.5) + std::log(x + 0.5)) / 2, std::log(static_cast<double>(d.min) - 0.5),
                    std::log(static_cast<double>(d.max) + 0.5));
}

double place_of(const CategoricalDomain& d, const ParamValue& value) {
    const auto index = std::find(d.values.begin(), d.values.end(), value) - d.values.begin();
    return middle_of(static_cast<std::uint64_t>(index), static_cast<double>(d.values.size()));
}

template <class Range, class T>
bool in_range(const Range& d, const ParamValue& value) {
    const T* x = std::get_if<T>(&value);
    return x && *x >= d.min && *x <= d.max;
}
bool holds(const FloatDomain& d, const ParamValue& value) {
    return in_range<FloatDomain, double>(d, value);
}
bool holds(const IntDomain& d, const ParamValue& value) {
    return in_range<IntDomain, std::int64_t>(d, value);
}
bool holds(const CategoricalDomain& d, const ParamValue& value) {
    return std::find(d.values.begin(), d.values.end(), value) != d.values.end();
}

std::string describe(const FloatDomain& d) {
    return "a float in [" + to_text(ParamValue(d.min)) + ", " + to_text(ParamValue(d.max)) + "]";
}
std::string describe(const IntDomain& d) {
    return "an integer in [" + std::to_string(d.min) + ", " + std::to_string(d.max) + "]";
}
std::string describe(const CategoricalDomain& d) {
    std::string text = "one of ";
    for (const ParamValue& value : d.values) text += (&value == d.values.data() ? "" : ", ") + to_text(value);
    return text;
}

}  // namespace

std::optional<std::uint64_t> cardinality(const Domain& domain) {
    if (const auto* d = std::get_if<CategoricalDomain>(&domain)) return d->values.size();
    if (const auto* d = std::get_if<IntDomain>(&domain))
        return static_cast<std::uint64_t>(d->max - d->min + 1);
    const auto& d = std::get<FloatDomain>(domain);
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

}  // namespace o2v
