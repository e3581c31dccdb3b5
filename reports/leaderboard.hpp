// A study as tables for people and programs. Pure functions of the study.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "search/study/study.hpp"

namespace o2v::reports {

enum class Format { text, markdown, csv, json, html };
// Throws InputError naming the allowed ones.
Format format_from_text(const std::string& text);

struct LeaderboardOptions {
    Format format = Format::text;
    bool all = false;  // trials without a value, and every row, too; else the ten best
    std::optional<int>
        width{};  // of the terminal, for text: columns that do not fit are left out and named below
    // A row a configuration instead of a trial: the mean of the first goal's values over its completed trials
    // (feasible, finite, each seed once) and its 95 % interval by Student's t, which assumes that values of
    // different seeds are normally distributed.
    bool group = false;
    std::optional<double> price_per_hour{};  // of the machine; its slots share it equally
    std::string price_of{};                  // which machine's, and when; "" = only the price is told
};

// Best first (Study::ranking()), paused trials with a value among the pruned ones; with `all` also the
// running and waiting ones. Equal values have equal ranks, shown as "=3", and the next rank is as many
// further. With several goals those on the Pareto front come first, marked "*" and all of
// them, and a line below tells their hypervolume. Text, Markdown and HTML show rank, trial, state
// ("infeasible" for a trial that completed outside of a constraint), the metrics of the goals and
// constraints, epochs, seconds of its slot, watt-hours where any trial has them, with a price what it costs,
// and one column a searched parameter
// ("-" where inactive); lines below tell what the best have in common, and how many configurations were run
// with several seeds. HTML is a page that needs nothing else. CSV holds all of it in full precision,
// CRLF-free, RFC 4180 quoting, with columns "front" and "feasible" where there are several goals and
// constraints. JSON is an array of
// {"trial":0,"state":"completed","value":0.81,"params":{...},"seed":..,"epochs":..,"seconds":..,"metrics":{...},"reason":"...","rank":1}
// with null for a value that is absent or not finite; with several goals also "values" by metric and "front",
// with constraints "feasible" and "violation" (null unless completed), where energy was measured "joules"
// (null for trials without), with a price "cost". Grouped, CSV and JSON hold "mean", "low" and "high", the
// runs and their seeds.
std::string leaderboard(const Study& study, const LeaderboardOptions& options);
// Of several studies in one, with a column "study". Those of several goals are ranked by the first goal,
// without a front. Throws InputError naming both studies when their (first) goals differ in metric or
// direction. REQUIRES: at least one.
std::string leaderboard(std::span<const Study* const> studies, const LeaderboardOptions& options);

// Everything about one trial (std::out_of_range when there is none of this number) for a person: parameters,
// attempts with device, cores and failures, the learning curve as a table, ending.
std::string trial_page(const Study& study, TrialId trial);
// The same as one JSON object.
std::string trial_json(const Study& study, TrialId trial);

// One sentence about an event that a person wants to read while a study runs; "" for the others. E.g.
// "trial 7 completed: validation:accuracy 0.8123 (best so far), 5 epochs in 21 s; learning_rate=0.01,
// mlp_dim=64". `study` already contains the event.
std::string event_sentence(const Study& study, const TrialEvent& event);

// A duration as people read it: "850 ms", "12.3 s", "4 min 05 s", "2 h 07 min".
std::string duration_text(double seconds);
// Energy as people read it: "812 J", "0.278 Wh" from 1,000 J on, "3.07 kWh": three significant digits.
std::string energy_text(double joules);
// "870 B", "12.4 MiB", "1.20 GiB": three significant digits.
std::string bytes_text(std::int64_t bytes);
// A metric with four significant digits: "0.8123", "1.2e-05", "nan"; from 10,000 on all digits before the
// point.
std::string metric_text(double value);
// "test:accuracy 0.83, test:cross_entropy 0.5"
std::string metrics_text(const Metrics& metrics);

}  // namespace o2v::reports
