#include "search/problems/parameters.hpp"

#include <algorithm>

#include "search/study/errors.hpp"

namespace o2v::problems {
namespace {

const ParamValue& value(const Assignment& params, const std::string& name) {
    const auto found = params.find(name);
    if (found == params.end()) throw InputError(name, "", "is missing; the problem needs it");
    return found->second;
}

}  // namespace

double number(const Assignment& params, const std::string& name) {
    const ParamValue& given = value(params, name);
    if (std::holds_alternative<std::string>(given))
        throw InputError(name, to_text(given), "must be a number");
    return to_number(given);
}

double positive(const Assignment& params, const std::string& name) {
    const double given = number(params, name);
    if (!(given > 0)) throw InputError(name, to_text(value(params, name)), "must be greater than 0");
    return given;
}

std::size_t choice(const Assignment& params, const std::string& name,
                   const std::vector<std::string>& allowed) {
    const std::string given = to_text(value(params, name));
    const auto found = std::find(allowed.begin(), allowed.end(), given);
    if (found != allowed.end()) return static_cast<std::size_t>(found - allowed.begin());
    std::string list;
    for (const std::string& text : allowed) list += (list.empty() ? "" : ", ") + text;
    throw InputError(name, given, "must be one of " + list);
}

std::string coordinate(std::size_t i) {
    std::string name = "x";
    return name += std::to_string(i);
}

std::vector<double> vector_of(const Assignment& params, std::size_t n) {
    std::vector<double> x;
    for (std::size_t i = 0; i < n; ++i) x.push_back(number(params, coordinate(i)));
    return x;
}

}  // namespace o2v::problems
