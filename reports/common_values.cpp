#include "reports/common_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "reports/trial_facts.hpp"

namespace o2v::reports {
namespace {

constexpr std::size_t kFewest = 5;
constexpr double kChance = 0.05;

double log_choose(std::size_t n, std::size_t k) {
    const auto log_factorial = [](std::size_t m) { return std::lgamma(static_cast<double>(m) + 1); };
    return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

struct Values {
    std::vector<ParamValue> best, all;
};

std::string space_text(const Domain& domain) {
    const auto range = [](const auto& d) {
        return fmt::format(" (space {} to {})", short_text(ParamValue(d.min)), short_text(ParamValue(d.max)));
    };
    if (const auto* floats = std::get_if<FloatDomain>(&domain)) return range(*floats);
    if (const auto* integers = std::get_if<IntDomain>(&domain)) return range(*integers);
    return "";
}

// All one value, and that no accident? How likely one that few have would be: any that is no more frequent.
std::string one_value(const Values& values, double chance) {
    const ParamValue& value = values.best.front();
    if (std::any_of(values.best.begin(), values.best.end(), [&](const auto& v) { return v != value; }))
        return "";
    std::map<ParamValue, std::size_t> times;
    for (const ParamValue& one : values.all) ++times[one];
    const std::size_t k = values.best.size(), n = values.all.size();
    double likely = 0;
    for (const auto& [other, count] : times)
        if (count >= k && count <= times[value]) likely += std::exp(log_choose(count, k) - log_choose(n, k));
    return likely < chance ? " " + short_text(value) : "";
}

std::string narrow_range(const Values& values, const Domain& domain, double chance) {
    std::vector<double> best, all;
    for (const ParamValue& value : values.best) best.push_back(to_number(value));
    for (const ParamValue& value : values.all) all.push_back(to_number(value));
    const auto [low, high] = std::minmax_element(best.begin(), best.end());
    const double least = *low, most = *high;
    const auto span = static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](double x) { return x >= least && x <= most; }));
    if (chance_of_span(best.size(), span, all.size()) >= chance) return "";
    const ParamValue from = values.best[static_cast<std::size_t>(low - best.begin())];
    const ParamValue to = values.best[static_cast<std::size_t>(high - best.begin())];
    return fmt::format(" {} to {}{}", short_text(from), short_text(to), space_text(domain));
}

bool is_range(const Domain& domain) {
    return std::holds_alternative<FloatDomain>(domain) || std::holds_alternative<IntDomain>(domain);
}

}  // namespace

double chance_of_span(std::size_t k, std::size_t span, std::size_t n) {
    double chance = 0;
    for (std::size_t s = k; s <= span; ++s)
        chance += static_cast<double>(n - s + 1) * std::exp(log_choose(s - 2, k - 2) - log_choose(n, k));
    return std::min(1.0, chance);
}

std::string common_line(const Board& board) {
    std::vector<const BoardRow*> rows;
    std::set<std::string> seen;
    for (const BoardRow& row : board.rows)
        if (row.rank && seen.insert(to_text(row.trial->params)).second) rows.push_back(&row);
    std::size_t best = std::max(kFewest, (rows.size() + 9) / 10);
    while (best < rows.size() && rows[best]->rank == rows[best - 1]->rank) ++best;
    if (rows.size() < 3 * best) return "";
    const double chance = kChance / static_cast<double>(std::max<std::size_t>(1, board.parameters.size()));
    std::string text;
    for (const Parameter* parameter : board.parameters) {
        Values values;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            const auto found = rows[i]->trial->params.find(parameter->name);
            if (found == rows[i]->trial->params.end()) continue;
            values.all.push_back(found->second);
            if (i < best) values.best.push_back(found->second);
        }
        if (values.best.size() < best) continue;
        std::string common = one_value(values, chance);
        if (common.empty() && is_range(parameter->domain))
            common = narrow_range(values, parameter->domain, chance);
        if (!common.empty()) text += (text.empty() ? "" : ", ") + parameter->name + common;
    }
    return text.empty() ? "" : fmt::format("the best {} of {} have in common: {}\n", best, rows.size(), text);
}

}  // namespace o2v::reports
