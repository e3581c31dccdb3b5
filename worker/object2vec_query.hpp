// One line asked of a model.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/predictor.hpp"

namespace o2v::worker {

struct Query {
    std::optional<std::vector<std::int32_t>> side[2];  // token ids; nullopt when the line has no such side
    std::string text[2];                               // as asked, for showing
};

// Reads {"in0": [ids] or text, "in1": ...}, at least one of them. Throws InputError, whose places begin with
// `where`
// ("file:3"): not JSON, neither side, a value of another kind, a text for a model without that side's
// vocabulary, an id that is negative or not below the vocabulary's size.
Query parse_query(std::string_view line, const std::string& where, const model::Predictor& predictor);

}  // namespace o2v::worker
