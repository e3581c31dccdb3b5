// What a program's output says: which metrics, of which epoch.
//
// An epoch ends with a line of the objective's metric. Lines of other metrics belong to the epoch whose end
// they precede or stand on; of several before one end the last counts. What follows the last end belongs to
// no epoch, but to the trial (latest()).
#pragma once

#include <boost/regex.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "search/study/event.hpp"
#include "worker/protocol/command.hpp"

namespace o2v::worker {

struct EpochLine {
    Metrics metrics;                   // the objective's among them; any may be NaN or infinite
    std::optional<std::int64_t> told;  // what the definition "epoch" found since the epoch before
};

class MetricReader {
  public:
    // `goal` is the objective's metric. Throws InputError when an expression is none.
    MetricReader(const std::vector<protocol::MetricDefinition>& definitions, const std::string& goal);

    // Takes the first match of each definition in a line (without its end). Throws InputError, naming line
    // and expression, when what a group holds is no number, or an expression is too costly for this line.
    std::optional<EpochLine> read(const std::string& line);

    // The last value of every metric so far.
    const Metrics& latest() const { return latest_; }

  private:
    struct Definition {
        protocol::MetricDefinition text;
        boost::regex regex;
    };
    std::optional<double> value(const Definition& definition, const std::string& line) const;

    std::vector<Definition> definitions_;
    std::string goal_;
    EpochLine open_;
    Metrics latest_;
};

// Counts the epochs of a trial's attempts one after the other, from 0 and without gaps.
class EpochCount {
  public:
    // The number of the epoch that has just ended: one more than the one before; or, when the program tells
    // it, what it tells, counted from the first one told, but never beyond the next new one.
    std::int64_t take(std::optional<std::int64_t> told);

  private:
    std::int64_t next_ = 0, known_ = 0;
    std::optional<std::int64_t> first_;
};

// A whole text as a number: decimal or exponent, a sign, nan, inf, infinity in any case. nullopt otherwise.
std::optional<double> number_from(std::string_view text);

}  // namespace o2v::worker
