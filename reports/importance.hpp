// How much each parameter matters, as a table.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace o2v::reports {

// Parameters with their shares in [0, 1], in the order given: a line each with the share in percent and a
// bar.
std::string importance_table(const std::vector<std::pair<std::string, double>>& shares);
// An array of {"parameter":"learning_rate","share":0.62}.
std::string importance_json(const std::vector<std::pair<std::string, double>>& shares);

}  // namespace o2v::reports
