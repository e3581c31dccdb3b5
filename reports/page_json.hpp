// The parts of a page's document. Private to the room.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "reports/json.hpp"
#include "reports/page.hpp"

namespace o2v::reports {

// What page.hpp tells of a trial, at the cost of a walk over the study for all of its trials together.
class PageTrials {
  public:
    explicit PageTrials(const Study& study);  // which must outlive it, unchanged
    Json json(TrialId trial, const PageExtras& extras) const;

  private:
    const Study& study_;
    std::vector<std::optional<std::size_t>> ended_;   // by trial: how many ended before it
    std::optional<std::vector<std::string>> curves_;  // the metrics of curves; nullopt: all of them
};

Json head_json(const Study& study, const PageExtras& extras);
// Of the Pareto front over time; null with one goal or without a front.
Json hypervolume_json(const Study& study);

// Bytes that are no UTF-8 become U+FFFD.
std::string one_line(const Json& json);

}  // namespace o2v::reports
