#include <fmt/format.h>

#include <algorithm>

#include "reports/comparison_formats.hpp"
#include "reports/comparison_svg.hpp"
#include "reports/comparison_values.hpp"
#include "reports/html.hpp"

namespace o2v::reports {
namespace {

constexpr const char* kStyle = R"css(:root { --worse: #b3261e; --better: #1b6e3c }
@media (prefers-color-scheme: dark) { :root { --worse: #ff8a80; --better: #7bd69b } }
body { margin: 0 auto; max-width: 72rem; padding: 1rem }
th, td { text-align: right }
.word { text-align: left }
.soft { color: var(--quiet) }
.worse { color: var(--worse) } .better { color: var(--better) }
svg { width: 100%; max-width: 46rem; height: auto }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif } svg .soft { fill: var(--quiet) }
svg .axis { stroke: var(--line) } svg .band { stroke: currentColor; stroke-width: 2 }
)css";

std::string cell(const std::string& text, const std::string& kind = "") {
    return fmt::format("<td{}>{}</td>", kind.empty() ? "" : fmt::format(" class=\"{}\"", kind),
                       html_escaped(text));
}

std::string result_line(const std::string& name, const BenchResult& result) {
    return fmt::format("<tr><td class=\"word\">{}</td>{}{}{}{}<td>{}</td>{}</tr>\n", name,
                       cell(result.source, "word"), cell(result.started_at, "word"),
                       cell(result.instance ? result.instance->name : "-", "word"),
                       cell(result.commit.empty() ? "-" : result.commit.substr(0, 12), "word"),
                       result.repeats, cell(noise_text(result), "word"));
}

std::string pairing_html(const Pairing& pairing, const std::string& name) {
    std::string html = fmt::format("<section><h2>{} beside A</h2>\n", name);
    if (!pairing.differences.empty() || !pairing.warnings.empty()) {
        html += "<ul>\n";
        for (const Difference& difference : pairing.differences)
            html += fmt::format("<li{}>{}other {}: {}</li>\n", difference.refused ? " class=\"worse\"" : "",
                                difference.refused ? "not comparable: " : "", difference.aspect,
                                html_escaped(difference.text));
        for (const std::string& warning : pairing.warnings)
            html += "<li>warning: " + html_escaped(warning) + "</li>\n";
        html += "</ul>\n";
    }
    html += "<ul>\n";
    for (const std::string& line : overall_lines(pairing)) html += "<li>" + html_escaped(line) + "</li>\n";
    html += "<li>" + html_escaped(tally_text(pairing)) + "</li>\n";
    for (const std::string& missing : pairing.missing)
        html += "<li>measured in one of them only: " + html_escaped(missing) + "</li>\n";
    html += "</ul>\n";
    html += ratios_svg(pairing);
    html +=
        "<div class=\"wide\"><table><thead><tr><th class=\"word\">configuration</th><th "
        "class=\"word\">measure</th><th>A</th><th>" +
        name + "</th><th>" + name +
        " / A</th><th>95 % interval</th><th class=\"word\">verdict</th></tr></thead><tbody>\n";
    for (const ComparedSeries& row : pairing.rows)
        html += "<tr>" + cell(row.first.configuration, "word") + cell(row.first.measure, "word") +
                cell(value_text(median(row.first.values), row.first.unit)) +
                cell(value_text(median(row.other.values), row.other.unit)) +
                cell(fmt::format("{:.3f}", row.ratio.value)) + cell(interval_text(row.ratio.interval)) +
                cell(row.ratio.verdict, fmt::format("word {}", judgement_of(row))) + "</tr>\n";
    return html + "</tbody></table></div></section>\n";
}

std::string cost_html(const Comparison& comparison) {
    const std::vector<CostPoint> points = cost_points(comparison);
    if (points.empty())
        return "<section><h2>Cost</h2><p>No result has a price: <code>o2v-tune bench --instance NAME</code> "
               "labels "
               "one.</p></section>\n";
    std::string html =
        "<section><h2>Cost and performance</h2><p>Further right is faster, further down is cheaper. "
        "Both axes are logarithmic.</p>\n";
    std::vector<std::string> measures;
    for (const CostPoint& point : points)
        if (std::find(measures.begin(), measures.end(), point.measure) == measures.end())
            measures.push_back(point.measure);
    for (const std::string& measure : measures) {
        std::vector<CostPoint> of_measure;
        std::copy_if(points.begin(), points.end(), std::back_inserter(of_measure),
                     [&](const CostPoint& point) { return point.measure == measure; });
        html += "<h3>" + html_escaped(measure) + "</h3>\n" + cost_svg(of_measure);
    }
    if (std::any_of(points.begin(), points.end(), [](const CostPoint& point) { return point.secondary; }))
        html += "<p class=\"soft\">Prices are from secondary sources, as the results' catalog says.</p>\n";
    return html + "</section>\n";
}

}  // namespace

std::string comparison_as_html(const Comparison& comparison) {
    std::string html = html_head(comparison.first.name + ": benchmark results compared", kStyle);
    html +=
        "<div class=\"wide\"><table><thead><tr><th></th><th class=\"word\">result</th><th "
        "class=\"word\">of</th><th class=\"word\">instance</th><th "
        "class=\"word\">commit</th><th>repeats</th><th class=\"word\">noise</th></tr></thead><tbody>\n" +
        result_line(letter(0), comparison.first);
    for (std::size_t i = 0; i < comparison.others.size(); ++i)
        html += result_line(letter(i + 1), comparison.others[i].other);
    html += "</tbody></table></div>\n<p class=\"soft\">" + html_escaped(comparison.first.machine) + "</p>\n";
    for (std::size_t i = 0; i < comparison.others.size(); ++i)
        html += pairing_html(comparison.others[i], letter(i + 1));
    return html + cost_html(comparison) + "</body></html>\n";
}

}  // namespace o2v::reports
