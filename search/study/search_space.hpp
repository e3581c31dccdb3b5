// What may be tried: parameters, their domains, and on what condition each exists.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "search/study/assignment.hpp"

namespace o2v {

enum class Scale { linear, log, reverse_log };

// [min, max], both ends included. log needs min > 0; reverse_log needs 0 <= min, max < 1 and is linear in
// log(1 - x) (SageMaker's ReverseLogarithmic).
struct FloatDomain {
    double min = 0;
    double max = 1;
    Scale scale = Scale::linear;
    bool operator==(const FloatDomain&) const = default;
};

// {min, ..., max}, at most kMaxIntegers of them. log needs min > 0 and max <= kMaxIntegers. reverse_log is
// not for integers.
inline constexpr std::int64_t kMaxIntegers = std::int64_t{1} << 40;  // the most that [0, 1] tells apart
struct IntDomain {
    std::int64_t min = 0;
    std::int64_t max = 1;
    Scale scale = Scale::linear;
    bool operator==(const IntDomain&) const = default;
};

// A finite set of texts, integers or floats, without an order. No two have the same text.
struct CategoricalDomain {
    std::vector<ParamValue> values;
    bool operator==(const CategoricalDomain&) const = default;
};

using Domain = std::variant<FloatDomain, IntDomain, CategoricalDomain>;

// Holds when `parent` is active and its value, as text, is one of `values`.
struct Condition {
    std::string parent;
    std::vector<std::string> values;
    bool operator==(const Condition&) const = default;
};

struct Parameter {
    std::string name;
    Domain domain;
    std::vector<Condition> only_if;  // all of them must hold; none = always active
    bool operator==(const Parameter&) const = default;
};

// The four below REQUIRE a domain that SearchSpace accepts. A float domain holds doubles only, an integer
// domain integers only.

// Number of distinct values; nullopt for a float with min < max.
std::optional<std::uint64_t> cardinality(const Domain& domain);
// u in [0, 1] -> a value of the domain, by its scale; integers and categories get equal shares of [0, 1]
// (for log integers equal in log over [min - 1/2, max + 1/2]). Out-of-range u is clamped, NaN counts as 0.
ParamValue from_unit(const Domain& domain, double u);
// The inverse: the middle of the share that maps to `value`. Throws InputError when the value is not in the
// domain.
double to_unit(const Domain& domain, const ParamValue& value);
bool contains(const Domain& domain, const ParamValue& value);

class SearchSpace {
  public:
    SearchSpace() = default;
    // Orders the parameters so that parents come before children (otherwise as given). Throws InputError with
    // all that is wrong, each with the place below the space ("/learning_rate/min"): an empty, reversed or
    // infinite range, a scale that does not fit, no or repeated values, an empty or repeated name, an unknown
    // parent, a parent value that can never occur, or a cycle.
    explicit SearchSpace(std::vector<Parameter> parameters);

    const std::vector<Parameter>& parameters() const { return parameters_; }
    std::size_t size() const { return parameters_.size(); }
    const Parameter* find(const std::string& name) const;  // null when absent

    // Do the parents, as assigned in `partial`, make the parameter exist?
    static bool active(const Parameter& parameter, const Assignment& partial);
    // One coordinate in [0, 1] per parameter (in parameters() order; those of inactive parameters are
    // ignored)
    // -> the active parameters' values. REQUIRES: unit.size() == size().
    Assignment decode(std::span<const double> unit) const;
    // Exactly the active parameters are present and each value is in its domain.
    bool contains(const Assignment& params) const;

    bool operator==(const SearchSpace&) const = default;

  private:
    std::vector<Parameter> parameters_;
};

}  // namespace o2v
