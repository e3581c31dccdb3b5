#include "reports/importance.hpp"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "reports/json.hpp"
#include "reports/table.hpp"

namespace o2v::reports {
namespace {

constexpr double kLongestBar = 40;  // that of a share of 1

}  // namespace

std::string importance_table(const std::vector<std::pair<std::string, double>>& shares) {
    std::vector<Column> columns{{"parameter", false}, {"share"}, {"", false}};
    for (const auto& [parameter, share] : shares) {
        columns[0].cells.push_back(parameter);
        columns[1].cells.push_back(fmt::format("{:.1f} %", 100 * share));
        columns[2].cells.emplace_back(static_cast<std::size_t>(std::lround(kLongestBar * share)), '#');
    }
    return text_table(columns);
}

std::string importance_json(const std::vector<std::pair<std::string, double>>& shares) {
    Json array = Json::array();
    for (const auto& [parameter, share] : shares)
        array.push_back({{"parameter", parameter}, {"share", share}});
    return dumped(array);
}

}  // namespace o2v::reports
