// What a strategy proposes when the points it drew have all been tried.
#pragma once

#include <optional>
#include <span>

#include "search/searcher.hpp"

namespace o2v::search {

// Neither tried by the study nor forbidden by its space.
bool is_open(const Assignment& params, const Study& study);

std::optional<Suggestion> as_suggestion(std::optional<Assignment> params, std::string why = {});

// The nearest assignment after `unit`'s that is open: integers and categories go round their
// values, floats stay as `unit` has them. nullopt when there is none: the space is exhausted (or, a space
// with floats too narrow to hold another value, as good as exhausted). Takes about as many steps as there are
// closed assignments in a row. REQUIRES: unit.size() == the space's.
std::optional<Assignment> untried_after(std::span<const double> unit, const Study& study);

}  // namespace o2v::search
