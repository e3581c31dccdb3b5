#include "worker/answers/found_items.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

namespace o2v::answers {

using nlohmann::json;

void print_found(const std::string& heading, const std::vector<FoundItem>& found) {
    fmt::print("{}\n", heading);
    for (const FoundItem& one : found) fmt::print("  {:8.4f}  {}\n", one.score, *one.name);
    fmt::print("\n");
}

void print_found(json about, const char* list, const std::vector<FoundItem>& found) {
    json items = json::array();
    for (const FoundItem& one : found)
        items.push_back({{"item", one.item}, {"name", *one.name}, {"score", one.score}});
    about[list] = std::move(items);
    fmt::print("{}\n", about.dump(-1, ' ', false, json::error_handler_t::replace));
}

}  // namespace o2v::answers
