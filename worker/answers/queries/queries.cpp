#include "worker/answers/queries/queries.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <utility>

#include "model/data/shown_value.hpp"
#include "search/study/errors.hpp"

namespace o2v::answers {
namespace {

namespace dom = simdjson::dom;

static_assert(QueryParser::kPadding >= simdjson::SIMDJSON_PADDING);

constexpr std::size_t kDeepest = 32;  // arrays in objects in arrays ...

bool is_blank(std::string_view line) {
    return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

void Queries::append(const std::vector<std::int32_t>* in0, const std::vector<std::int32_t>* in1) {
    if (in0) side_[0].append(*in0);
    if (in1) side_[1].append(*in1);
    has_.push_back(static_cast<std::uint8_t>((in0 ? 1 : 0) | (in1 ? 2 : 0)));
}

void Queries::append(const Queries& others) {
    for (std::size_t side = 0; side < 2; ++side) {
        const data::Sequences& from = others.side_[side];
        data::Sequences& to = side_[side];
        const std::int64_t shift = to.offsets.back();
        for (std::int64_t i = 1; i <= from.size(); ++i)
            to.offsets.push_back(shift + from.offsets[static_cast<std::size_t>(i)]);
        to.tokens.insert(to.tokens.end(), from.tokens.begin(), from.tokens.end());
    }
    has_.insert(has_.end(), others.has_.begin(), others.has_.end());
}

struct QueryParser::Parser {
    dom::parser dom;
    std::vector<std::int32_t> ids[2];

    Parser() {
        if (const auto error = dom.allocate(0, kDeepest))
            throw StorageError(std::string("the JSON parser: ") + simdjson::error_message(error));
    }
    // The parser grows with what it reads but keeps its depth.
    simdjson::error_code parse(std::string_view text, dom::element& document) {
        return dom.parse(text.data(), text.size(), /*realloc_if_needed=*/false).get(document);
    }
};

// Of one call: the faults found so far.
class QueryParser::Reading {
  public:
    explicit Reading(QueryParser& parser) : rules_(parser.rules_), ids_(parser.parser_->ids) {}
    bool full() const { return problems_.size() >= kMostProblems; }

    void problem(std::string where, std::string value, std::string message) {
        if (!full()) problems_.push_back({std::move(where), std::move(value), std::move(message)});
    }
    void finish() {
        if (!problems_.empty()) throw InputError(std::move(problems_));
    }

    void object(const dom::element& element, const Place& place, Queries& into) {
        dom::object object;
        if (element.get_object().get(object)) {
            problem(place(), data::shown_value(element),
                    R"(must be an object {"in0": [ids] or "words", "in1": ...})");
            return;
        }
        int times[2] = {0, 0};
        bool good = true;
        for (const auto field : object) {
            const int side = field.key == "in0" ? 0 : field.key == "in1" ? 1 : -1;
            if (side < 0) continue;
            if (++times[side] > 1) {
                problem(fmt::format("{}: in{}", place(), side), "", "is given twice");
                good = false;
            } else {
                good = sequence(field.value, side, place) && good;
            }
        }
        if (times[0] + times[1] == 0) {
            problem(place(), data::shown_value(element), "holds neither in0 nor in1");
            good = false;
        }
        if (good) into.append(times[0] ? &ids_[0] : nullptr, times[1] ? &ids_[1] : nullptr);
    }

  private:
    bool sequence(const dom::element& element, int side, const Place& place) {
        const auto s = static_cast<std::size_t>(side);
        dom::array array;
        if (!element.get_array().get(array)) return tokens(array, side, place);
        std::string_view words;
        const auto where = [&] { return fmt::format("{}: in{}", place(), side); };
        if (element.get_string().get(words)) {
            problem(where(), data::shown_value(element), "must be an array of token ids or a text");
        } else if (rules_.vocabulary[s] == nullptr || rules_.vocabulary[s]->empty()) {
            problem(where(), data::shown_value(element),
                    fmt::format("is a text, but the model has no vocabulary{}.json: give token ids", side));
        } else {
            ids_[side] = rules_.vocabulary[s]->encode(words);
            return true;
        }
        return false;
    }

    bool tokens(const dom::array& array, int side, const Place& place) {
        const std::int64_t limit = rules_.vocab_size[static_cast<std::size_t>(side)];
        std::vector<std::int32_t>& ids = ids_[side];
        ids.clear();
        bool good = true;
        std::size_t position = 0;
        for (const dom::element element : array) {
            std::int64_t id = 0;
            if (element.get_int64().get(id) || id < 0 || id >= limit) {
                problem(fmt::format("{}: in{}[{}]", place(), side, position), data::shown_value(element),
                        fmt::format("must be a token id, an integer from 0 to {}", limit - 1));
                good = false;
                if (full()) break;
            }
            ids.push_back(static_cast<std::int32_t>(id));
            ++position;
        }
        return good;
    }

    const QueryRules& rules_;
    std::vector<std::int32_t>* ids_;
    std::vector<Problem> problems_;
};

QueryParser::QueryParser(const QueryRules& rules) : rules_(rules), parser_(std::make_unique<Parser>()) {}
QueryParser::~QueryParser() = default;

void QueryParser::add_object(std::string_view object, const Place& place, Queries& into) {
    Reading reading(*this);
    dom::element document;
    if (const auto error = parser_->parse(object, document))
        reading.problem(place(), data::shown_value(std::string(object)),
                        fmt::format("is not JSON: {}", simdjson::error_message(error)));
    else
        reading.object(document, place, into);
    reading.finish();
}

void QueryParser::add_lines(std::string_view text, Queries& into) {
    Reading reading(*this);
    std::int64_t number = 0;
    const Place place = [&number] { return fmt::format("line {}", number); };
    for (std::size_t begin = 0; begin < text.size() && !reading.full();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::string_view line = text.substr(begin, end - begin);
        begin = end + 1;
        ++number;
        if (is_blank(line)) continue;
        dom::element document;
        if (const auto error = parser_->parse(line, document))
            reading.problem(place(), data::shown_value(std::string(line)),
                            fmt::format("is not JSON: {}", simdjson::error_message(error)));
        else
            reading.object(document, place, into);
    }
    reading.finish();
}

void QueryParser::add_instances(std::string_view text, Queries& into) {
    Reading reading(*this);
    dom::element document;
    dom::array instances;
    if (const auto error = parser_->parse(text, document)) {
        reading.problem("the body", data::shown_value(std::string(text)),
                        fmt::format("is not JSON: {}", simdjson::error_message(error)));
    } else if (document.is_object() && !document["instances"].get_array().get(instances)) {
        std::int64_t number = 0;
        const Place place = [&number] { return fmt::format("instances[{}]", number); };
        for (const dom::element instance : instances) {
            reading.object(instance, place, into);
            ++number;
            if (reading.full()) break;
        }
    } else {
        reading.problem("the body", data::shown_value(document),
                        R"(must be {"instances": [{"in0": ..., "in1": ...}, ...]})");
    }
    reading.finish();
}

}  // namespace o2v::answers
