// A program of any kind as the objective: how it is called, and how its output is understood.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "search/study/assignment.hpp"

namespace o2v::protocol {

// The value of a metric is what the one group of the regular expression (Perl's) takes from a line.
struct MetricDefinition {
    std::string name;
    std::string regex;
    bool operator==(const MetricDefinition&) const = default;
};
// A definition of this name is no metric: it tells which epoch the program is in.
inline constexpr std::string_view kEpochDefinition = "epoch";

// Which epoch's metrics are those of a completed trial.
enum class ValueRule { last, best };

struct CommandSpec {
    std::vector<std::string> arguments;  // the program first; empty = no command
    std::string folder;                  // absolute: it runs there
    std::vector<MetricDefinition> metrics;
    ValueRule value = ValueRule::last;
    bool empty() const { return arguments.empty(); }
    bool operator==(const CommandSpec&) const = default;
};

// The names in braces of an argument, in order: "--lr={learning_rate}" has one. "{{" and "}}" stand for
// braces. Throws InputError when the braces do not pair up or hold nothing.
std::vector<std::string> placeholders(const std::string& argument);

// The argument with values in place of the names; nullopt when it names a parameter that this trial does not
// have: such an argument is left out. Throws as placeholders().
std::optional<std::string> substitute(const std::string& argument, const Assignment& params);

// "learning_rate" -> "O2V_HP_LEARNING_RATE": upper case, what is neither letter nor digit becomes '_'.
std::string environment_name(std::string_view parameter);

}  // namespace o2v::protocol
