#include "orchestrator/json_fields.hpp"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

namespace o2v::orchestrator {
namespace {

// Rejects a key that stands twice in one object, which nlohmann/json would let the last one win.
class DuplicateKeys {
  public:
    bool operator()(int, nlohmann::json::parse_event_t event, nlohmann::json& parsed) {
        using Event = nlohmann::json::parse_event_t;
        if (event == Event::object_start)
            open_.emplace_back();
        else if (event == Event::object_end)
            open_.pop_back();
        else if (event == Event::key && !open_.back().insert(parsed.get<std::string>()).second)
            repeated_.push_back(parsed.get<std::string>());
        return true;
    }
    const std::vector<std::string>& repeated() const { return repeated_; }

  private:
    std::vector<std::set<std::string>> open_;
    std::vector<std::string> repeated_;
};

// What nlohmann/json adds for programmers: "[json.exception.parse_error.101] parse error at line 3, column 5:
// ...".
std::string plain_message(const std::string& what) {
    const std::size_t bracket = what.find("] ");
    return bracket == std::string::npos ? what : what.substr(bracket + 2);
}

}  // namespace

nlohmann::json read_json_file(const std::string& path) {
    std::ifstream file(path);
    std::stringstream text;
    if (!file || !(text << file.rdbuf())) throw InputError(path, "", "cannot be read, or is empty");
    DuplicateKeys duplicates;
    nlohmann::json json;
    try {
        json = nlohmann::json::parse(text.str(), std::ref(duplicates), true, true);
    } catch (const nlohmann::json::exception& e) {
        throw InputError(path, "", plain_message(e.what()));
    }
    std::vector<Problem> problems;
    for (const std::string& key : duplicates.repeated())
        problems.push_back({path, '"' + key + '"', "stands twice in the same object"});
    if (!problems.empty()) throw InputError(std::move(problems));
    return json;
}

JsonFields::JsonFields(const nlohmann::json& json, std::string where, std::vector<Problem>& problems)
    : object_(json.is_object() ? &json : nullptr), where_(std::move(where)), problems_(problems) {
    if (!object_) problems_.push_back({where_, json.dump(), "must be an object { ... }"});
}

const nlohmann::json* JsonFields::get(const std::string& key) {
    if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.push_back(key);
    return has(key) ? &object_->at(key) : nullptr;
}

void JsonFields::report(const std::string& key, const std::string& message) {
    problems_.push_back({where(key), has(key) ? object_->at(key).dump() : "", message});
}

void JsonFields::require(const std::string& key) {
    if (object_ && !has(key)) report(key, "is required");
}

std::optional<std::string> JsonFields::text(const std::string& key) {
    const nlohmann::json* value = get(key);
    if (!value) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    report(key, "must be a text in quotes");
    return std::nullopt;
}

std::optional<bool> JsonFields::boolean(const std::string& key) {
    const nlohmann::json* value = get(key);
    if (!value) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    report(key, "must be true or false");
    return std::nullopt;
}

std::optional<std::int64_t> JsonFields::integer(const std::string& key, std::int64_t min, std::int64_t max) {
    const nlohmann::json* value = get(key);
    if (!value) return std::nullopt;
    if (value->is_number_integer() &&
        !(value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX)) {
        const auto number = value->get<std::int64_t>();
        if (number >= min && number <= max) return number;
    }
    report(key, "must be an integer from " + std::to_string(min) +
                    (max == INT64_MAX ? std::string(" up") : " to " + std::to_string(max)));
    return std::nullopt;
}

std::optional<double> JsonFields::number(const std::string& key) {
    const nlohmann::json* value = get(key);
    if (!value) return std::nullopt;
    if (value->is_number()) return value->get<double>();
    report(key, "must be a number");
    return std::nullopt;
}

std::optional<std::chrono::milliseconds> JsonFields::duration(const std::string& key) {
    const nlohmann::json* value = get(key);
    if (!value) return std::nullopt;
    const auto ms = value->is_string()   ? parse_duration_ms(value->get<std::string>())
                    : value->is_number() ? parse_duration_ms(value->dump())
                                         : std::nullopt;
    if (ms) return std::chrono::milliseconds(*ms);
    report(key, "must be seconds or a text such as \"90s\", \"15m\", \"8h\", \"2d\"");
    return std::nullopt;
}

std::optional<std::int64_t> JsonFields::bytes(const std::string& key) {
    const nlohmann::json* value = get(key);
    if (!value) return std::nullopt;
    const auto bytes = value->is_string()   ? parse_bytes(value->get<std::string>())
                       : value->is_number() ? parse_bytes(value->dump())
                                            : std::nullopt;
    if (!bytes) report(key, "must be bytes or a text such as \"500M\", \"2G\"");
    return bytes;
}

std::optional<std::string> JsonFields::choice(const std::string& key,
                                              const std::vector<std::string>& choices) {
    const std::optional<std::string> value = text(key);
    if (!value || std::find(choices.begin(), choices.end(), *value) != choices.end()) return value;
    std::string message = "must be one of ";
    for (const std::string& c : choices) message += (&c == &choices.front() ? "" : ", ") + c;
    if (const std::string near = nearest_name(*value, choices); !near.empty())
        message += "; did you mean " + near + "?";
    report(key, message);
    return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> JsonFields::unknown() const {
    std::vector<std::pair<std::string, std::string>> found;
    if (!object_) return found;
    for (const auto& [key, value] : object_->items()) {
        if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
        const std::string near = nearest_name(key, known_);
        std::string hint = near.empty() ? "known are" : "did you mean " + near + "?";
        if (near.empty())
            for (const std::string& name : known_) hint += (&name == &known_.front() ? " " : ", ") + name;
        found.emplace_back(key, hint);
    }
    return found;
}

void JsonFields::finish() {
    for (const auto& [key, hint] : unknown()) report(key, "is not known here; " + hint);
}

std::optional<ParamValue> read_param(const nlohmann::json& json, const std::string& where,
                                     std::vector<Problem>& problems) {
    if (json.is_boolean()) return std::string(json.get<bool>() ? "true" : "false");
    if (json.is_number_integer()) return json.get<std::int64_t>();
    if (json.is_number_float()) return json.get<double>();
    if (json.is_string()) return json.get<std::string>();
    problems.push_back({where, json.dump(), "must be a number, a text or a boolean"});
    return std::nullopt;
}

std::optional<std::int64_t> parse_duration_ms(const std::string& text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || !(number > 0)) return std::nullopt;
    const std::string unit(end, text.data() + text.size());
    double seconds = 0;
    if (unit.empty() || unit == "s")
        seconds = number;
    else if (unit == "m" || unit == "min")
        seconds = number * 60;
    else if (unit == "h")
        seconds = number * 3600;
    else if (unit == "d")
        seconds = number * 86400;
    else
        return std::nullopt;
    if (seconds > 1e10) return std::nullopt;
    return static_cast<std::int64_t>(seconds * 1000);
}

std::optional<std::int64_t> parse_bytes(const std::string& text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || !(number > 0)) return std::nullopt;
    const std::string unit(end, text.data() + text.size());
    constexpr std::string_view kUnits = "KMGT";
    if (!unit.empty()) {
        const std::size_t power = kUnits.find(unit.front());
        if (unit.size() > 1 || power == std::string_view::npos) return std::nullopt;
        number *= static_cast<double>(std::int64_t{1} << (10 * (power + 1)));
    }
    if (number < 1 || number > 1e17) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

}  // namespace o2v::orchestrator
