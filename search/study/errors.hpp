// The two kinds of error a program of ours can end with besides a bug; both are caught once, at the top.
// What happens to a trial is never an exception: it is a value (see event.hpp).
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace o2v {

// One thing wrong with what a person gave us.
struct Problem {
    std::string where;    // "file.json: /search/space/learning_rate/min" or "pairs.jsonl:17: in0[3]"
    std::string value;    // the offending value as written; empty when something is missing
    std::string message;  // what is wrong and what is allowed
    std::string to_string() const;
};

// Wrong input. Carries every problem found, not only the first. Exit code 2.
class InputError : public std::runtime_error {
  public:
    explicit InputError(std::vector<Problem> problems);
    InputError(std::string where, std::string value, std::string message);
    const std::vector<Problem>& problems() const { return problems_; }

  private:
    std::vector<Problem> problems_;
};

// A medium failed: disk full, read-only folder, damaged or locked database. Exit code 1.
class StorageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

// "<path>: <what>: <the system's word on errno>", with a way out where there is a usual one: a full disk, a
// read-only medium.
StorageError storage_error(const std::string& path, const std::string& what, int error);

// The candidate nearest to `name` by edit distance, or "" when none is near enough to be a misspelling
// (more than a third of the letters differ).
std::string nearest_name(const std::string& name, const std::vector<std::string>& candidates);

}  // namespace o2v
