// Reading a person's JSON: every wrong, missing or unknown field becomes a Problem with file, JSON path and
// value; nothing stops at the first one.
#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "search/study/assignment.hpp"
#include "search/study/errors.hpp"

namespace o2v::orchestrator {

// Parses JSON with // and /* */ comments. Throws InputError with file, line and column on a syntax error, and
// with the path on a key that stands twice in one object; StorageError when the file cannot be read.
nlohmann::json read_json_file(const std::string& path);

class JsonFields {
  public:
    // `where` is "file: /json/path". An object that is none is a problem, and then has no fields.
    JsonFields(const nlohmann::json& json, std::string where, std::vector<Problem>& problems);

    bool has(const std::string& key) const { return object_ && object_->contains(key); }
    // The value, null when absent. Marks the key as known, as all the readers do.
    const nlohmann::json* get(const std::string& key);
    std::optional<std::string> text(const std::string& key);
    std::optional<bool> boolean(const std::string& key);
    std::optional<std::int64_t> integer(const std::string& key, std::int64_t min, std::int64_t max);
    std::optional<double> number(const std::string& key);
    // Seconds or a text such as "90s", "15m", "8h", "2d".
    std::optional<std::chrono::milliseconds> duration(const std::string& key);
    // Bytes or a text such as "500M", "2G".
    std::optional<std::int64_t> bytes(const std::string& key);
    // One of `choices`; a near miss is named.
    std::optional<std::string> choice(const std::string& key, const std::vector<std::string>& choices);
    void require(const std::string& key);  // a problem when absent
    void report(const std::string& key,
                const std::string& message);  // a problem with the key's value as written
    // Problems for keys no reader has asked for. Call last.
    void finish();
    // Those keys, each with a hint: "did you mean X?" or "known are ...".
    std::vector<std::pair<std::string, std::string>> unknown() const;

    std::string where(const std::string& key) const { return where_ + "/" + key; }
    std::vector<Problem>& problems() { return problems_; }

  private:
    const nlohmann::json* object_;  // null when the JSON is no object
    std::string where_;
    std::vector<Problem>& problems_;
    std::vector<std::string> known_;
};

// A number, text or boolean ("true"/"false") as a parameter's value; nullopt and a problem for anything else.
std::optional<ParamValue> read_param(const nlohmann::json& json, const std::string& where,
                                     std::vector<Problem>& problems);

// "90", "90s", "15m", "8h", "2d" -> milliseconds; nullopt when it is none of these or not positive.
std::optional<std::int64_t> parse_duration_ms(const std::string& text);
// "1048576", "512K", "500M", "2.5G", "1T" (powers of 1024) -> bytes; nullopt when it is none of these or not
// positive.
std::optional<std::int64_t> parse_bytes(const std::string& text);

}  // namespace o2v::orchestrator
