#include "model/data/pair_line.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "model/data/canonical_line.hpp"
#include "model/data/line_reader.hpp"
#include "model/data/shown_value.hpp"

namespace o2v::data {
namespace {

static_assert(LineReader::kPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::int64_t kMaxId = std::numeric_limits<std::int32_t>::max();
constexpr const char* kSideName[2] = {"in0", "in1"};

// A label is kept as a float.
bool is_label(double label) {
    return std::isfinite(static_cast<float>(label));
}

bool label_allowed(double label, std::int64_t num_classes) {
    if (!is_label(label)) return false;
    if (num_classes == 0) return true;
    return label == std::floor(label) && label >= 0 && label < static_cast<double>(num_classes);
}

std::int64_t id_limit(const Limits& limits, int side) {
    return limits.vocab_size[side] > 0 ? limits.vocab_size[side] : kMaxId + 1;
}

// The slow reading of one line, by fields, for the sentences of a person's problems.
class Explanation {
  public:
    Explanation(const Limits& limits, std::string where) : limits_(limits), where_(std::move(where)) {}

    std::vector<Problem> of(std::string_view line) {
        simdjson::dom::parser parser;
        simdjson::dom::element document;
        if (const auto error = parser.parse(line.data(), line.size(), true).get(document)) {
            problem("", shown_value(std::string(line)),
                    fmt::format("is not JSON: {}", simdjson::error_message(error)));
            return problems_;
        }
        simdjson::dom::object object;
        if (document.get_object().get(object)) {
            problem("", shown_value(document),
                    R"(must be an object {"label": number, "in0": [ids], "in1": [ids]})");
            return problems_;
        }
        for (const char* name : {"label", "in0", "in1"}) count(object, name);
        label(object);
        for (int side = 0; side < 2; ++side) sequence(object, side);
        if (problems_.empty()) problem("", shown_value(std::string(line)), "is not JSON");
        return problems_;
    }

  private:
    void problem(const std::string& field, std::string value, std::string message) {
        problems_.push_back(
            {field.empty() ? where_ : where_ + ": " + field, std::move(value), std::move(message)});
    }

    void count(const simdjson::dom::object& object, std::string_view name) {
        int times = 0;
        for (const auto field : object) times += field.key == name ? 1 : 0;
        if (times == 0) problem(std::string(name), "", "is missing");
        if (times > 1) problem(std::string(name), "", fmt::format("is given {} times", times));
    }

    void label(const simdjson::dom::object& object) {
        simdjson::dom::element element;
        if (object.at_key("label").get(element)) return;
        double value = 0;
        if (element.get_double().get(value)) {
            problem("label", shown_value(element), "must be a number");
        } else if (!label_allowed(value, limits_.num_classes)) {
            problem("label", shown_value(element),
                    limits_.num_classes > 0
                        ? fmt::format("must be a class, an integer from 0 to {}", limits_.num_classes - 1)
                        : "must lie within a float's range, -3.4e38 to 3.4e38");
        }
    }

    void sequence(const simdjson::dom::object& object, int side) {
        const std::string name = kSideName[side];
        simdjson::dom::element element;
        if (object.at_key(name).get(element)) return;
        simdjson::dom::array ids;
        if (element.get_array().get(ids)) {
            problem(name, shown_value(element), "must be an array of token ids");
            return;
        }
        if (ids.begin() == ids.end()) problem(name, "[]", "must hold at least one token id");
        std::size_t index = 0;
        for (const simdjson::dom::element id : ids) {
            check_id(fmt::format("{}[{}]", name, index++), id, side);
        }
    }

    void check_id(const std::string& field, const simdjson::dom::element& element, int side) {
        std::int64_t id = 0;
        if (element.get_int64().get(id)) {
            problem(field, shown_value(element), "must be an integer token id");
        } else if (id < 0) {
            problem(field, shown_value(element), "must not be negative");
        } else if (id >= id_limit(limits_, side)) {
            problem(field, shown_value(element),
                    limits_.vocab_size[side] > 0 ? fmt::format("must be less than enc{}_vocab_size = {}",
                                                               side, limits_.vocab_size[side])
                                                 : fmt::format("must be at most {}", kMaxId));
        }
    }

    const Limits& limits_;
    std::string where_;
    std::vector<Problem> problems_;
};

}  // namespace

bool within(const Limits& limits, const PairLine& pair) {
    for (int side = 0; side < 2; ++side) {
        const std::int64_t limit = limits.vocab_size[side];
        const auto& ids = pair.side[side];
        if (limit > 0 && *std::max_element(ids.begin(), ids.end()) >= limit) return false;
    }
    return label_allowed(pair.label, limits.num_classes);
}

struct PairParser::Parsers {
    simdjson::ondemand::parser on_demand;
};

PairParser::PairParser() : parsers_(std::make_unique<Parsers>()) {}
PairParser::~PairParser() = default;

bool PairParser::parse(std::string_view line, PairLine& pair) {
    return read_canonical(line, pair.label, pair.side) || parse_any(line, pair);
}

bool PairParser::parse_any(std::string_view line, PairLine& pair) {
    simdjson::ondemand::document document;
    if (parsers_->on_demand.iterate(line.data(), line.size(), line.size() + LineReader::kPadding)
            .get(document))
        return false;
    simdjson::ondemand::object object;
    if (document.get_object().get(object)) return false;

    int labels = 0, sides[2] = {0, 0};
    for (auto field : object) {
        std::string_view key;
        if (field.unescaped_key().get(key)) return false;
        if (key == "label") {
            ++labels;
            if (field.value().get_double().get(pair.label)) return false;
            continue;
        }
        const int side = key == kSideName[0] ? 0 : key == kSideName[1] ? 1 : -1;
        if (side < 0) continue;
        ++sides[side];
        simdjson::ondemand::array ids;
        if (field.value().get_array().get(ids)) return false;
        pair.side[side].clear();
        for (auto element : ids) {
            std::int64_t id = 0;
            if (element.get_int64().get(id) || id < 0 || id > kMaxId) return false;
            pair.side[side].push_back(static_cast<std::int32_t>(id));
        }
    }
    if (!document.current_location().error()) return false;  // more after the object
    return labels == 1 && sides[0] == 1 && sides[1] == 1 && !pair.side[0].empty() && !pair.side[1].empty() &&
           is_label(pair.label);
}

std::vector<Problem> PairParser::explain(std::string_view line, const Limits& limits,
                                         const std::string& where) {
    return Explanation(limits, where).of(line);
}

}  // namespace o2v::data
