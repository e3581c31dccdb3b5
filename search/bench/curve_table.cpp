#include "search/bench/curve_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "search/bench/order_statistics.hpp"
#include "search/bench/text_table.hpp"
#include "search/study/errors.hpp"

namespace o2v::bench_search {
namespace {

constexpr double kSpan = 100;  // from which on a range is taken as one of orders of magnitude

Scale scale_of(double min, double max) {
    if (min > 0 && max >= kSpan * min) return Scale::log;
    if (min >= 0 && max < 1 && 1 - min >= kSpan * (1 - max)) return Scale::reverse_log;
    return Scale::linear;
}

}  // namespace

struct CurveTable::Content {
    SearchSpace space;
    std::size_t epochs = 0;
    std::vector<std::pair<Assignment, std::vector<double>>> rows;
    std::vector<double> last;  // values

    explicit Content(const std::string& path);
};

CurveTable::Content::Content(const std::string& path) {
    TextTable table(path);
    const auto& names = table.names();
    std::vector<std::size_t> parameters, curve;
    for (std::size_t i = 0; i < names.size(); ++i)
        if (!names[i].starts_with(kEpochColumn) && !names[i].starts_with("test_") &&
            !names[i].starts_with("train_"))
            parameters.push_back(i);
    const auto in_curve =
        std::count_if(names.begin(), names.end(), [](const auto& n) { return n.starts_with(kEpochColumn); });
    for (std::ptrdiff_t epoch = 0; epoch < std::max<std::ptrdiff_t>(in_curve, 1); ++epoch) {
        const std::string wanted = kEpochColumn + std::to_string(epoch);
        const auto found = std::find(names.begin(), names.end(), wanted);
        if (found == names.end()) throw InputError(path, "", "has no column " + wanted);
        curve.push_back(static_cast<std::size_t>(found - names.begin()));
    }
    if (parameters.empty()) throw InputError(path, "", "has no column of a parameter");
    epochs = curve.size();

    std::vector<FloatDomain> ranges(parameters.size(), {std::numeric_limits<double>::infinity(),
                                                        -std::numeric_limits<double>::infinity()});
    std::vector<std::string_view> cells;
    while (table.next(cells)) {
        Assignment params;
        for (std::size_t p = 0; p < parameters.size(); ++p) {
            const double x = table.number(cells, parameters[p]);
            if (!std::isfinite(x))
                throw InputError(table.where() + ": " + names[parameters[p]],
                                 std::string(cells[parameters[p]]), "must be a finite number");
            ranges[p].min = std::min(ranges[p].min, x);
            ranges[p].max = std::max(ranges[p].max, x);
            params.emplace(names[parameters[p]], x);
        }
        std::vector<double> losses;
        for (const std::size_t column : curve) losses.push_back(table.number(cells, column));
        last.push_back(losses.back());
        rows.emplace_back(std::move(params), std::move(losses));
    }
    if (rows.empty()) throw InputError(path, "", "has no rows");
    if (std::none_of(last.begin(), last.end(), [](double x) { return std::isfinite(x); }))
        throw InputError(path, "", "has no number at the last epoch");
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    const auto twice = std::adjacent_find(rows.begin(), rows.end(),
                                          [](const auto& a, const auto& b) { return a.first == b.first; });
    if (twice != rows.end()) throw InputError(path, to_text(twice->first), "is listed twice");

    std::vector<Parameter> all;
    for (std::size_t p = 0; p < parameters.size(); ++p) {
        ranges[p].scale = scale_of(ranges[p].min, ranges[p].max);
        all.push_back({names[parameters[p]], ranges[p], {}});
    }
    space = SearchSpace(std::move(all));
}

CurveTable::CurveTable(const std::string& path, std::string name, std::string group)
    : CurveTable(Content(path), std::move(name), std::move(group)) {}

CurveTable::CurveTable(Content content, std::string name, std::string group)
    : Landscape(std::move(name), std::move(group), content.space,
                *std::min_element(content.last.begin(), content.last.end(),
                                  [](double a, double b) { return better(least_loss(), a, b); }),
                content.last),
      epochs_(content.epochs) {
    for (auto& [params, curve] : content.rows) {
        const std::vector<double> unit = space().encode(params);
        units_.insert(units_.end(), unit.begin(), unit.end());
        curves_.insert(curves_.end(), curve.begin(), curve.end());
        rows_.push_back(std::move(params));
    }
}

double CurveTable::random_best(std::size_t n) const {
    return median_best_of_all(random_values(), n);
}

std::optional<Assignment> CurveTable::place(const Assignment& suggested, const Study& study) const {
    const std::vector<double> unit = space().encode(suggested);
    const Assignment* nearest = nullptr;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t row = 0; row < rows_.size(); ++row) {
        double distance = 0;
        for (std::size_t p = 0; p < unit.size(); ++p) {
            const double apart = unit[p] - units_[row * unit.size() + p];
            distance += apart * apart;
        }
        if (distance >= least || study.tried(rows_[row])) continue;
        least = distance;
        nearest = &rows_[row];
    }
    return nearest ? std::optional(*nearest) : std::nullopt;
}

std::size_t CurveTable::row_of(const Assignment& params) const {
    return static_cast<std::size_t>(std::lower_bound(rows_.begin(), rows_.end(), params) - rows_.begin());
}

std::span<const double> CurveTable::curve(const Assignment& params) const {
    return std::span(curves_).subspan(row_of(params) * epochs_, epochs_);
}

}  // namespace o2v::bench_search
