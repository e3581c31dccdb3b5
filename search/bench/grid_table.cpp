#include "search/bench/grid_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <utility>

#include "search/bench/order_statistics.hpp"
#include "search/bench/text_table.hpp"
#include "search/study/errors.hpp"

namespace o2v::bench_search {
namespace {

constexpr std::size_t kMostRows = 10'000'000;

// One parameter's different values: in order of appearance while the table is read.
struct Column {
    std::size_t at = 0;
    std::map<std::string, std::uint32_t, std::less<>> codes;

    std::uint32_t code(std::string_view cell) {
        const auto found = codes.find(cell);
        if (found != codes.end()) return found->second;
        const auto next = static_cast<std::uint32_t>(codes.size());
        codes.emplace(cell, next);
        return next;
    }
};

// An integer when it is written as one, else a float, else the text.
ParamValue value_of(const std::string& text) {
    double number = 0;
    if (!reads_as_number(text, number)) return text;
    if (text.find_first_not_of("-0123456789") == text.npos) return static_cast<std::int64_t>(number);
    return number;
}

// values[code]. A float among the numbers makes them all floats.
std::vector<ParamValue> values_of(const Column& column) {
    std::vector<ParamValue> values(column.codes.size());
    bool has_float = false;
    for (const auto& [text, code] : column.codes) {
        values[code] = value_of(text);
        has_float |= std::holds_alternative<double>(values[code]);
    }
    for (ParamValue& value : values)
        if (has_float && std::holds_alternative<std::int64_t>(value)) value = to_number(value);
    return values;
}

Domain domain_of(const std::vector<ParamValue>& values) {
    const bool numbers = std::none_of(values.begin(), values.end(), [](const ParamValue& value) {
        return std::holds_alternative<std::string>(value);
    });
    if (!numbers || values.size() <= 2) return CategoricalDomain{values};
    OrdinalDomain ordinal{values};
    std::sort(ordinal.values.begin(), ordinal.values.end(),
              [](const ParamValue& a, const ParamValue& b) { return to_number(a) < to_number(b); });
    return ordinal;
}

double mean_of_numbers(const std::vector<double>& values) {
    double sum = 0;
    int n = 0;
    for (const double value : values) {
        if (std::isnan(value)) continue;
        sum += value;
        ++n;
    }
    return n == 0 ? std::nan("") : sum / n;
}

class GridTable final : public Landscape {
  public:
    struct Axis {
        std::string name;
        std::vector<ParamValue> values;
    };
    // values: by mixed radix of the axes, the last one fastest.
    GridTable(std::string name, std::string group, SearchSpace space, std::vector<Axis> axes,
              std::vector<double> values)
        : Landscape(std::move(name), std::move(group), std::move(space), least(values), values),
          axes_(std::move(axes)),
          values_(std::move(values)) {}

    double random_best(std::size_t n) const override { return median_best_of_all(random_values(), n); }
    std::optional<Assignment> place(const Assignment& suggested, const Study&) const override {
        return suggested;
    }
    double value(const Assignment& params) const override {
        std::size_t cell = 0;
        for (const Axis& axis : axes_) {
            const auto found =
                std::find(axis.values.begin(), axis.values.end(), params.find(axis.name)->second);
            cell = cell * axis.values.size() + static_cast<std::size_t>(found - axis.values.begin());
        }
        return values_[cell];
    }

  private:
    static double least(const std::vector<double>& values) {
        double best = std::nan("");
        for (const double value : values)
            if (better(least_loss(), value, best)) best = value;
        return best;
    }

    std::vector<Axis> axes_;
    std::vector<double> values_;
};

}  // namespace

std::unique_ptr<const Landscape> read_grid_table(const std::string& path, const std::string& name,
                                                 const std::string& group) {
    TextTable table(path);
    std::vector<Column> columns;
    std::vector<std::size_t> seeds;
    for (std::size_t i = 0; i < table.names().size(); ++i) {
        if (table.names()[i].starts_with(kSeedColumn))
            seeds.push_back(i);
        else
            columns.push_back({i, {}});
    }
    if (seeds.empty()) throw InputError(path, "", std::string("has no column ") + kSeedColumn + "0");
    if (columns.empty()) throw InputError(path, "", "has no column of a parameter");

    std::vector<std::uint32_t> codes;  // row by row
    std::vector<double> means;
    std::vector<std::string_view> cells;
    std::vector<double> of_seeds(seeds.size());
    while (table.next(cells)) {
        for (Column& column : columns) codes.push_back(column.code(cells[column.at]));
        for (std::size_t s = 0; s < seeds.size(); ++s) of_seeds[s] = table.number(cells, seeds[s]);
        means.push_back(mean_of_numbers(of_seeds));
        if (means.size() > kMostRows) throw InputError(table.where(), "", "the table has too many rows");
    }
    if (means.empty()) throw InputError(path, "", "has no rows");
    if (std::all_of(means.begin(), means.end(), [](double mean) { return std::isnan(mean); }))
        throw InputError(path, "", "has no value that is a number");

    double full = 1;
    for (const Column& column : columns) full *= static_cast<double>(column.codes.size());
    if (full != static_cast<double>(means.size()))
        throw InputError(path, std::to_string(means.size()) + " rows",
                         "is not a full grid; there must be one for each combination of the values");

    std::vector<GridTable::Axis> axes;
    std::vector<Parameter> parameters;
    for (const Column& column : columns) {
        const std::string& parameter = table.names()[column.at];
        axes.push_back({parameter, values_of(column)});
        parameters.push_back({parameter, domain_of(axes.back().values), {}});
    }
    std::vector<double> values(means.size());
    std::vector<bool> seen(means.size());
    for (std::size_t row = 0; row < means.size(); ++row) {
        std::size_t cell = 0;
        for (std::size_t c = 0; c < columns.size(); ++c)
            cell = cell * axes[c].values.size() + codes[row * columns.size() + c];
        if (seen[cell])
            throw InputError(path + ":" + std::to_string(row + 2), "", "repeats an earlier combination");
        seen[cell] = true;
        values[cell] = means[row];
    }
    return std::make_unique<GridTable>(name, group, SearchSpace(std::move(parameters)), std::move(axes),
                                       std::move(values));
}

}  // namespace o2v::bench_search
