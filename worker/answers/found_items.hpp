// What was found to a question, as people or programs read it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace o2v::answers {

struct FoundItem {
    std::int64_t item;  // its row
    const std::string* name;
    float score;
};

// For people the heading, a line an item, and an empty line.
void print_found(const std::string& heading, const std::vector<FoundItem>& found);
// For programs one line of JSON: `about`, with the items under `list`.
void print_found(nlohmann::json about, const char* list, const std::vector<FoundItem>& found);

}  // namespace o2v::answers
