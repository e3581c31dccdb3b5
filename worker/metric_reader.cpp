#include "worker/metric_reader.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "search/study/errors.hpp"

namespace o2v::worker {
namespace {

constexpr std::size_t kShown = 300;  // of a line, in a message

std::string shown(const std::string& line) {
    return line.size() <= kShown ? line : line.substr(0, kShown) + "...";
}

}  // namespace

std::optional<double> number_from(std::string_view text) {
    const bool plus = text.starts_with('+');
    if (plus) text.remove_prefix(1);
    if (text.empty() || (plus && text.front() == '-') || text.back() == ')') return std::nullopt;
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
        // Which way? Too small a number has a negative exponent, or nothing but zeros before its point.
        const bool minus = text.front() == '-';
        const std::size_t exponent = text.find_first_of("eE");
        const std::size_t digit = text.find_first_not_of('0', minus ? 1 : 0);
        const bool tiny = exponent != std::string_view::npos
                              ? text.substr(exponent + 1).starts_with('-')
                              : digit != std::string_view::npos && text[digit] == '.';
        const double far = tiny ? 0 : std::numeric_limits<double>::infinity();
        return minus ? -far : far;
    }
    return number;
}

MetricReader::MetricReader(const std::vector<protocol::MetricDefinition>& definitions,
                           const std::string& goal)
    : goal_(goal) {
    for (const protocol::MetricDefinition& definition : definitions) {
        try {
            definitions_.push_back({definition, boost::regex(definition.regex)});
        } catch (const boost::regex_error& e) {
            throw InputError("metric " + definition.name, definition.regex, e.what());
        }
    }
}

std::optional<double> MetricReader::value(const Definition& definition, const std::string& line) const {
    boost::smatch match;
    try {
        if (!boost::regex_search(line, match, definition.regex) || !match[1].matched) return std::nullopt;
    } catch (const std::runtime_error& e) {
        throw InputError("metric " + definition.text.name, definition.text.regex,
                         "cannot be searched for in the line \"" + shown(line) + "\": " + e.what());
    }
    const std::string text = match[1].str();
    if (const auto number = number_from(text)) return number;
    throw InputError("metric " + definition.text.name, definition.text.regex,
                     "matches the line \"" + shown(line) + "\", but \"" + shown(text) + "\" is no number");
}

std::optional<EpochLine> MetricReader::read(const std::string& line) {
    bool ended = false;
    for (const Definition& definition : definitions_) {
        const std::optional<double> found = value(definition, line);
        if (!found) continue;
        const std::string& name = definition.text.name;
        if (name == protocol::kEpochDefinition) {
            if (!(std::abs(*found) < 1e15) || *found != std::floor(*found))
                throw InputError("metric " + name, definition.text.regex,
                                 "finds no whole number in the line \"" + shown(line) + "\"");
            open_.told = static_cast<std::int64_t>(*found);
            continue;
        }
        open_.metrics[name] = latest_[name] = *found;
        ended = ended || name == goal_;
    }
    if (!ended) return std::nullopt;
    return std::exchange(open_, {});
}

std::int64_t EpochCount::take(std::optional<std::int64_t> told) {
    std::int64_t epoch = next_;
    if (told) {
        if (!first_) first_ = *told - next_;
        epoch = std::clamp<std::int64_t>(*told - *first_, 0, known_);
    }
    next_ = epoch + 1;
    known_ = std::max(known_, next_);
    return epoch;
}

}  // namespace o2v::worker
