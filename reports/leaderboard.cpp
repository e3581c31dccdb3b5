#include "reports/leaderboard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "reports/board.hpp"
#include "reports/common_values.hpp"
#include "reports/front.hpp"
#include "reports/html.hpp"
#include "reports/leaderboard_data.hpp"
#include "reports/seeds.hpp"
#include "reports/table.hpp"
#include "reports/trial_facts.hpp"
#include "search/study/errors.hpp"

namespace o2v::reports {
namespace {

constexpr std::size_t kBestGroups = 10;
constexpr std::array<std::pair<const char*, Format>, 5> kFormats{{{"text", Format::text},
                                                                  {"markdown", Format::markdown},
                                                                  {"csv", Format::csv},
                                                                  {"json", Format::json},
                                                                  {"html", Format::html}}};

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

// What people read: a table and lines below it, each ended by a line break.
struct Page {
    std::vector<Column> columns;
    std::size_t keep = 0;    // columns that are never left out
    std::string before_cut;  // lines
    std::string after_cut;
    std::string when_empty;
};

// Of the trials that have run.
std::string energy_line(const Board& all) {
    double joules = 0;
    std::size_t measured = 0, run = 0;
    for (const BoardRow& row : all.rows) {
        const std::optional<double> one = joules_of(*row.trial);
        joules += one.value_or(0);
        measured += one ? 1 : 0;
        run += own_epochs(*row.trial) > 0 ? 1 : 0;
    }
    if (measured == 0) return "";
    const std::string who =
        measured == run ? "all trials"
                        : fmt::format("the {} of {} that were measured", measured, plural(run, "trial"));
    return fmt::format("{} used {}\n", who, energy_text(joules));
}

std::string spent_lines(const Board& all, const LeaderboardOptions& options) {
    const std::string energy = energy_line(all);
    if (!options.price_per_hour) return energy;
    double cost = 0;
    for (const BoardRow& row : all.rows) cost += cost_of(all, row, *options.price_per_hour);
    const std::string of = options.price_of.empty() ? "" : " (" + options.price_of + ')';
    return energy + fmt::format("all trials cost {}, at {} an hour for the machine{}\n", metric_text(cost),
                                metric_text(*options.price_per_hour), of);
}

std::string repeats_line(const Board& all) {
    const std::vector<SeedGroup> groups = seed_groups(all);
    const auto repeated =
        std::count_if(groups.begin(), groups.end(), [](const SeedGroup& g) { return g.runs.size() > 1; });
    return repeated == 0 ? ""
                         : fmt::format("run with several seeds: {}; --group shows their means\n",
                                       plural(static_cast<std::size_t>(repeated), "configuration"));
}

Page page_of(const Board& all, const Board& shown, const LeaderboardOptions& options) {
    const std::size_t trials = all.rows.size();
    Page page;
    page.columns = columns_of(shown, options);
    page.keep = page.columns.size() - shown.parameters.size();
    if (shown.front) page.before_cut = front_line(*shown.studies.front());
    page.before_cut += common_line(all) + repeats_line(all) + spent_lines(all, options);
    if (shown.rows.size() < trials)
        page.after_cut = fmt::format("the best {} of {}\n", shown.rows.size(), plural(trials, "trial"));
    if (shown.rows.empty())
        page.when_empty = trials == 0 ? "no trials yet\n"
                                      : fmt::format("none of {} has a result yet\n", plural(trials, "trial"));
    return page;
}

Page group_page(const Board& all, const std::vector<SeedGroup>& groups, std::size_t of,
                const LeaderboardOptions& options) {
    Page page;
    page.columns = seed_columns(all, groups, options);
    page.keep = page.columns.size() - all.parameters.size();
    page.before_cut = common_line(all) + spent_lines(all, options);
    if (groups.size() < of)
        page.after_cut = fmt::format("the best {} of {}\n", groups.size(), plural(of, "configuration"));
    if (groups.empty()) page.when_empty = "no configuration has completed with a number yet\n";
    return page;
}

std::string title_of(const Board& board) {
    std::vector<std::string> names;
    for (const Study* study : board.studies) names.push_back(study->spec().name);
    return "Leaderboard: " + joined(names);
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = text.find('\n', begin);
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

std::string shown_as(Page page, const Board& board, const LeaderboardOptions& options) {
    if (options.format == Format::html)
        return html_page(title_of(board), goal_text(board.goal()), page.columns,
                         lines_of(page.before_cut + page.after_cut + page.when_empty));
    std::string left_out;
    if (options.format == Format::text) {
        if (!page.when_empty.empty()) return page.when_empty;
        if (options.width) {
            const auto width = static_cast<std::size_t>(std::max(*options.width, 0));
            left_out = joined(fit(page.columns, page.keep, width));
            if (!left_out.empty()) left_out = "not shown for want of width: " + left_out + '\n';
        }
    }
    const std::string footer = page.before_cut + left_out + page.after_cut;
    return (options.format == Format::text ? text_table(page.columns) : markdown_table(page.columns)) +
           (footer.empty() ? "" : '\n' + footer);
}

std::string grouped(const Board& all, const LeaderboardOptions& options) {
    std::vector<SeedGroup> groups = seed_groups(all);
    const std::size_t of = groups.size();
    if (!options.all && of > kBestGroups) groups.resize(kBestGroups);
    if (options.format == Format::csv) return seeds_csv(all, groups, options);
    if (options.format == Format::json) return seeds_json(all, groups, options);
    return shown_as(group_page(all, groups, of, options), all, options);
}

}  // namespace

Format format_from_text(const std::string& text) {
    std::vector<std::string> names;
    for (const auto& [name, format] : kFormats) {
        if (text == name) return format;
        names.emplace_back(name);
    }
    throw InputError("format", '"' + text + '"', "must be one of " + joined(names));
}

std::string leaderboard(const Study& study, const LeaderboardOptions& options) {
    const Study* one = &study;
    return leaderboard(std::span(&one, 1), options);
}

std::string leaderboard(std::span<const Study* const> studies, const LeaderboardOptions& options) {
    const Board all = board_of(studies);
    if (options.group) return grouped(all, options);
    Board shown = all;
    if (!options.all) keep_the_best(shown);
    if (options.format == Format::csv) return board_csv(shown, options);
    if (options.format == Format::json) return board_json(shown, options);
    return shown_as(page_of(all, shown, options), shown, options);
}

}  // namespace o2v::reports
