#include "orchestrator/data_stats.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "orchestrator/data_check.hpp"
#include "reports/leaderboard.hpp"

namespace o2v::orchestrator {
namespace {

using data::Limits;
using data::Statistics;

struct Quantile {
    const char* name;
    double share;
};
constexpr Quantile kQuantiles[] = {{"median", 0.5}, {"p90", 0.9}, {"p99", 0.99}};
constexpr std::size_t kShownClasses = 50;
constexpr std::int64_t kLongestBar = 24;

double mean_length(const Statistics& s, int side) {
    return s.rows > 0 ? static_cast<double>(s.tokens[side]) / static_cast<double>(s.rows) : 0;
}

double share(std::int64_t part, std::int64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0;
}

std::string count_text(std::int64_t part, std::int64_t whole) {
    return fmt::format("{} ({:.1f} %)", with_commas(part), 100 * share(part, whole));
}

// A line of the table of the two sides.
template <class Value>
std::string row(const std::string& name, const Value& value) {
    return fmt::format("  {:<22}{:>22}{:>22}\n", name, value(0), value(1));
}

std::string sides_text(const Statistics& s, const Limits& limits) {
    std::string text = fmt::format("  {:<22}{:>22}{:>22}\n", "", "in0", "in1");
    text += row("tokens", [&](int side) { return with_commas(s.tokens[side]); });
    text += row("length, least", [&](int side) { return with_commas(s.min_len[side]); });
    text += row("        mean", [&](int side) { return fmt::format("{:.1f}", mean_length(s, side)); });
    for (const Quantile& q : kQuantiles)
        text += row(fmt::format("        {}", q.name),
                    [&](int side) { return with_commas(s.length_quantile(side, q.share)); });
    text += row("        most", [&](int side) { return with_commas(s.max_len[side]); });
    text += row("ids, different", [&](int side) { return with_commas(s.distinct_ids[side]); });
    text += row("     largest", [&](int side) { return with_commas(s.max_id[side]); });
    text += row("     0 (padding)", [&](int side) { return with_commas(s.padding_ids[side]); });
    const auto cut = [&](int side, std::int64_t length) {
        return fmt::format("{}: {}", with_commas(length), count_text(s.longer_than(side, length), s.rows));
    };
    if (limits.max_seq_len[0] > 0)
        return text +
               row("cut at max_seq_len", [&](int side) { return cut(side, limits.max_seq_len[side]); });
    for (const Quantile& q : kQuantiles)
        text += row(fmt::format("cut at the {}", q.name),
                    [&](int side) { return cut(side, s.length_quantile(side, q.share)); });
    return text;
}

// All labels are 0 or 1.
bool binary(const Statistics& s) {
    return !s.classes.empty() && s.classes.front().value >= 0 && s.classes.back().value <= 1;
}

std::int64_t positives(const Statistics& s) {
    return s.classes.back().value == 1 ? s.classes.back().rows : 0;
}

std::string labels_text(const Statistics& s) {
    std::string text = fmt::format("  labels  {} to {}, mean {:.4g}, standard deviation {:.4g}", s.min_label,
                                   s.max_label, s.mean_label, s.label_deviation);
    if (!s.classes.empty())
        text += fmt::format("; integers, {} different", with_commas(std::ssize(s.classes)));
    text += '\n';
    if (binary(s)) text += "  positives (label 1)  " + count_text(positives(s), s.rows) + '\n';
    if (s.classes.size() > kShownClasses) return text;
    std::int64_t most = 1;
    for (const data::Count& of : s.classes) most = std::max(most, of.rows);
    for (const data::Count& of : s.classes) {
        const auto bar = static_cast<std::size_t>((of.rows * kLongestBar + most - 1) / most);
        text += fmt::format("  {:>8}  {:>14}  {:>5.1f} %  {}\n", of.value, with_commas(of.rows),
                            100 * share(of.rows, s.rows), std::string(bar, '#'));
    }
    return text;
}

nlohmann::json side_json(const Statistics& s, const Limits& limits, int side) {
    nlohmann::json json{
        {"tokens", s.tokens[side]},
        {"length", {{"min", s.min_len[side]}, {"mean", mean_length(s, side)}, {"max", s.max_len[side]}}},
        {"ids",
         {{"distinct", s.distinct_ids[side]}, {"max", s.max_id[side]}, {"padding", s.padding_ids[side]}}},
        {"cut", nlohmann::json::array()}};
    const auto cut = [&](std::int64_t length) {
        const std::int64_t rows = s.longer_than(side, length);
        json["cut"].push_back({{"max_seq_len", length}, {"rows", rows}, {"share", share(rows, s.rows)}});
    };
    for (const Quantile& q : kQuantiles) {
        const std::int64_t length = s.length_quantile(side, q.share);
        json["length"][q.name] = length;
        if (limits.max_seq_len[side] == 0) cut(length);
    }
    if (limits.max_seq_len[side] > 0) cut(limits.max_seq_len[side]);
    return json;
}

}  // namespace

std::string statistics_text(const std::string& path, const Statistics& s, const Limits& limits) {
    std::string text = path + '\n';
    text += fmt::format("  pairs      {}\n", with_commas(s.rows));
    text += fmt::format("  size       {} ({} bytes)\n", reports::bytes_text(s.bytes), with_commas(s.bytes));
    text += fmt::format("  XXH3-128   {}\n", s.xxh3);
    if (s.bad_lines > 0) text += fmt::format("  bad lines  {}, left out\n", with_commas(s.bad_lines));
    return text + '\n' + sides_text(s, limits) + '\n' + labels_text(s);
}

nlohmann::json statistics_json(const std::string& path, const Statistics& s, const Limits& limits) {
    nlohmann::json labels{{"min", s.min_label},        {"max", s.max_label},          {"mean", s.mean_label},
                          {"std", s.label_deviation},  {"integer", s.integer_labels}, {"classes", nullptr},
                          {"positives_share", nullptr}};
    for (const data::Count& of : s.classes) labels["classes"][std::to_string(of.value)] = of.rows;
    if (binary(s)) labels["positives_share"] = share(positives(s), s.rows);
    return {{"path", path},
            {"pairs", s.rows},
            {"bytes", s.bytes},
            {"xxh3", s.xxh3},
            {"bad_lines", s.bad_lines},
            {"in0", side_json(s, limits, 0)},
            {"in1", side_json(s, limits, 1)},
            {"labels", labels}};
}

}  // namespace o2v::orchestrator
