// What a strategy proposes when the points it drew have all been tried.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "search/searcher.hpp"

namespace o2v::search {

// Neither tried by the study nor forbidden by its space.
bool is_open(const Assignment& params, const Study& study);

std::optional<Suggestion> as_suggestion(std::optional<Assignment> params, std::string why = {});

// The first of so many uniform draws that is open; the last one's place is left in `unit`.
std::optional<Assignment> draw_open(const Study& study, Rng& rng, int draws, std::vector<double>& unit);

// The nearest assignment after `unit`'s that is open: integers and categories go round their
// values, floats stay as `unit` has them. In a space of more than 10,000 assignments where so many in a row,
// or all of these, are closed: a draw from the whole space, a function of the study. nullopt when there is
// none: the space is exhausted (or, a space with floats of which nearly all is forbidden or too narrow to
// hold another value, as good as exhausted). REQUIRES: unit.size() == the space's.
std::optional<Assignment> untried_after(std::span<const double> unit, const Study& study);

}  // namespace o2v::search
