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
// log(1 - x) (SageMaker's ReverseLogarithmic). With a step only min, min + step, ... up to max; a step goes
// with the linear scale alone.
struct FloatDomain {
    double min = 0;
    double max = 1;
    Scale scale = Scale::linear;
    double step = 0;  // 0 = none
    bool operator==(const FloatDomain&) const = default;
};

// {min, min + step, ... up to max}, at most kMaxIntegers between min and max. log needs min > 0, max <=
// kMaxIntegers and step 1. reverse_log is not for integers.
inline constexpr std::int64_t kMaxIntegers = std::int64_t{1} << 40;  // the most that [0, 1] tells apart
struct IntDomain {
    std::int64_t min = 0;
    std::int64_t max = 1;
    Scale scale = Scale::linear;
    std::int64_t step = 1;
    bool operator==(const IntDomain&) const = default;
};

// A finite set of texts, integers or floats, without an order. No two have the same text.
struct CategoricalDomain {
    std::vector<ParamValue> values;
    bool operator==(const CategoricalDomain&) const = default;
};

// The same with an order: neighbours are alike.
struct OrdinalDomain {
    std::vector<ParamValue> values;
    bool operator==(const OrdinalDomain&) const = default;
};

using Domain = std::variant<FloatDomain, IntDomain, CategoricalDomain, OrdinalDomain>;

// The listed values of a categorical or ordinal domain; null for a range.
const std::vector<ParamValue>* listed_values(const Domain& domain);

// Holds when `parent` is active and its value, as text, is one of `values` or, as a number, lies in [min,
// max] (an absent end is open; with neither end the values alone count).
struct Condition {
    std::string parent;
    std::vector<std::string> values;
    std::optional<double> min = std::nullopt, max = std::nullopt;

    bool accepts(const ParamValue& value) const;
    bool holds(const Assignment& params) const;
    bool operator==(const Condition&) const = default;
};
// "encoder = hcnn or bilstm", "layers in [2, 4]", "layers >= 3".
std::string to_text(const Condition& condition);

// A combination that must not be tried: all of the conditions at once.
using Combination = std::vector<Condition>;

struct Parameter {
    std::string name;
    Domain domain;
    std::vector<Condition> only_if;                    // all of them must hold; none = always active
    std::optional<ParamValue> initial = std::nullopt;  // a value believed good, tried first
    bool operator==(const Parameter&) const = default;
};

// All below REQUIRE a domain that SearchSpace accepts. A float domain holds doubles only, an integer
// domain integers only.

// Number of distinct values; nullopt for a float with min < max and no step.
std::optional<std::uint64_t> cardinality(const Domain& domain);
// The n-th of them in their order, from 0 on. REQUIRES: n < cardinality(domain).
ParamValue nth_value(const Domain& domain, std::uint64_t n);
// min + index * step, at most max, with the decimals that min and step have: 0.3 and not 0.1 * 3, so that
// it equals what a person writes.
double value_of_step(const FloatDomain& domain, double index);
// u in [0, 1] -> a value of the domain, by its scale; integers and categories get equal shares of [0, 1]
// (for log integers equal in log over [min - 1/2, max + 1/2]). Out-of-range u is clamped, NaN counts as 0.
ParamValue from_unit(const Domain& domain, double u);
// The inverse: the middle of the share that maps to `value`. Throws InputError when the value is not in the
// domain.
double to_unit(const Domain& domain, const ParamValue& value);
bool contains(const Domain& domain, const ParamValue& value);
// The share of [0, 1] that maps to `value`: every coordinate strictly between low and high does. REQUIRES:
// the domain has a cardinality and contains the value.
struct Share {
    double low = 0, high = 1;
};
Share share_of(const Domain& domain, const ParamValue& value);

class SearchSpace {
  public:
    SearchSpace() = default;
    // Orders the parameters so that parents come before children (otherwise as given). Throws InputError with
    // all that is wrong, each with the place below the space ("/learning_rate/min"): an empty, reversed or
    // infinite range, a scale or step that does not fit, no or repeated values, an initial value outside the
    // domain, an empty or repeated name, an unknown parent, a parent value that can never occur, a cycle, or
    // a forbidden combination that names no parameter or an unknown one ("/forbidden/0/layers").
    explicit SearchSpace(std::vector<Parameter> parameters, std::vector<Combination> forbidden = {});

    const std::vector<Parameter>& parameters() const { return parameters_; }
    const std::vector<Combination>& forbidden() const { return forbidden_; }
    std::size_t size() const { return parameters_.size(); }
    const Parameter* find(const std::string& name) const;  // null when absent
    bool has_initial_values() const;                       // has a parameter one?

    // Do the parents, as assigned in `partial`, make the parameter exist?
    static bool active(const Parameter& parameter, const Assignment& partial);
    // One coordinate in [0, 1] per parameter (in parameters() order; those of inactive parameters are
    // ignored)
    // -> the active parameters' values, which may be a forbidden combination. REQUIRES: unit.size() ==
    // size().
    Assignment decode(std::span<const double> unit) const;
    // The inverse: the middles of the shares that map to the values; 1/2 for inactive parameters. REQUIRES:
    // fits(params).
    std::vector<double> encode(const Assignment& params) const;
    // The given values of those parameters that are active with them, and of the other active ones the
    // initial value, or else the middle of the domain.
    Assignment complete(const Assignment& given) const;
    // Exactly the active parameters are present and each value is in its domain.
    bool fits(const Assignment& params) const;
    // Is it one of the forbidden combinations?
    bool forbids(const Assignment& params) const;
    // fits(params) and not forbidden.
    bool contains(const Assignment& params) const { return fits(params) && !forbids(params); }

    bool operator==(const SearchSpace&) const = default;

  private:
    std::vector<Parameter> parameters_;
    std::vector<Combination> forbidden_;
};

}  // namespace o2v
