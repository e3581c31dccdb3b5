#include "worker/object2vec_query.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "search/study/errors.hpp"

namespace o2v::worker {
namespace {

using nlohmann::json;

std::string clipped(const json& value) {
    constexpr std::size_t kLongest = 60;
    std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
    if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
    return text;
}

std::vector<std::int32_t> read_ids(const json& array, const std::string& where, const std::string& field,
                                   std::int64_t vocab_size, std::vector<Problem>& problems) {
    std::vector<std::int32_t> ids;
    for (std::size_t k = 0; k < array.size(); ++k) {
        const json& value = array[k];
        // An unsigned value past int64's range would wrap around in get<int64_t>.
        const bool fits = value.is_number_integer() &&
                          (!value.is_number_unsigned() ||
                           value.get<std::uint64_t>() < static_cast<std::uint64_t>(vocab_size)) &&
                          value.get<std::int64_t>() >= 0 && value.get<std::int64_t>() < vocab_size;
        if (fits) {
            ids.push_back(value.get<std::int32_t>());
        } else {
            problems.push_back({fmt::format("{}: {}[{}]", where, field, k), clipped(value),
                                fmt::format("must be a token id, an integer from 0 to {}", vocab_size - 1)});
        }
    }
    return ids;
}

}  // namespace

Query parse_query(std::string_view line, const std::string& where, const model::Predictor& predictor) {
    const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) {
        throw InputError(where, std::string(line.substr(0, 60)),
                         R"(must be a JSON object {"in0": [ids] or "text", "in1": ...})");
    }
    Query query;
    std::vector<Problem> problems;
    for (int side = 0; side < 2; ++side) {
        const std::string field = fmt::format("in{}", side);
        const auto found = object.find(field);
        if (found == object.end()) continue;
        if (found->is_array()) {
            query.side[side] =
                read_ids(*found, where, field, predictor.options().enc[side].vocab_size, problems);
            query.text[side] = clipped(*found);
        } else if (!found->is_string()) {
            problems.push_back(
                {where + ": " + field, clipped(*found), "must be an array of token ids or a text"});
        } else if (predictor.vocabulary(side).empty()) {
            problems.push_back(
                {where + ": " + field, clipped(*found),
                 fmt::format("is a text, but the model has no vocabulary{}.json: give token ids", side)});
        } else {
            query.text[side] = found->get<std::string>();
            query.side[side] = predictor.vocabulary(side).encode(query.text[side]);
        }
    }
    if (problems.empty() && !query.side[0] && !query.side[1]) {
        problems.push_back({where, clipped(object), "holds neither in0 nor in1"});
    }
    if (!problems.empty()) throw InputError(std::move(problems));
    return query;
}

}  // namespace o2v::worker
