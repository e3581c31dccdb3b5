#include "worker/answers/cluster_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "model/data/sample.hpp"

namespace o2v::answers {
namespace {

constexpr std::int64_t kMostPoints = 5000;
constexpr double kWidth = 900, kHeight = 600, kMargin = 20;

// The page's looks. Colours are of a lightness that is seen on white and on black.
constexpr const char* kStyle = R"css(
:root { color-scheme: light dark; --line: #8884; --back: #fff; --text: #1b1b1f; }
@media (prefers-color-scheme: dark) { :root { --back: #16161a; --text: #e6e6ea; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem;
       background: var(--back); color: var(--text); }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; }
svg { width: 100%; height: auto; border: 1px solid var(--line); border-radius: 6px; }
circle { fill-opacity: .65; }
svg text { font: bold 15px system-ui, sans-serif; text-anchor: middle; dominant-baseline: central;
           fill: var(--text); stroke: var(--back); stroke-width: 4px; paint-order: stroke; }
svg.one g { opacity: .08; }
svg.one g.chosen { opacity: 1; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; }
tbody tr { cursor: pointer; }
tbody tr:hover, tbody tr.chosen { background: var(--line); }
.dot { display: inline-block; width: .8em; height: .8em; border-radius: 50%; margin-right: .5em; }
)css";

// Pointing at a row shows its cluster alone, a click holds it.
constexpr const char* kScript = R"js(
const svg = document.querySelector("svg"), rows = document.querySelectorAll("tbody tr");
let held = -1;
const show = n => {
  svg.classList.toggle("one", n >= 0);
  svg.querySelectorAll("g").forEach(g => g.classList.toggle("chosen", g.dataset.cluster == n));
  rows.forEach((row, i) => row.classList.toggle("chosen", i == n));
};
rows.forEach((row, i) => {
  row.addEventListener("mouseenter", () => show(i));
  row.addEventListener("mouseleave", () => show(held));
  row.addEventListener("click", () => { held = held == i ? -1 : i; show(held); });
});
)js";

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

// Neighbouring numbers are far apart on the circle of hues.
std::string colour(std::int64_t cluster) {
    return fmt::format("hsl({:.0f} 65% 50%)", std::fmod(210 + 137.508 * static_cast<double>(cluster), 360));
}

// From the projection to the picture, one scale for both axes; the outermost hundredth may lie on the edge.
class Frame {
  public:
    explicit Frame(const std::vector<std::array<float, 2>>& points) {
        double least_scale = 0;
        for (std::size_t axis = 0; axis < 2; ++axis) {
            std::vector<float> values;
            for (const auto& point : points) values.push_back(point[axis]);
            std::sort(values.begin(), values.end());
            const std::size_t cut = values.size() / 200;
            low_[axis] = values[cut];
            high_[axis] = values[values.size() - 1 - cut];
            const double room = (axis == 0 ? kWidth : kHeight) - 2 * kMargin;
            const double scale = high_[axis] > low_[axis] ? room / (high_[axis] - low_[axis]) : 0;
            if (scale > 0 && (least_scale == 0 || scale < least_scale)) least_scale = scale;
        }
        scale_ = least_scale;
    }
    std::array<double, 2> at(const std::array<float, 2>& point) const {
        std::array<double, 2> result{};
        for (std::size_t axis = 0; axis < 2; ++axis) {
            const double size = axis == 0 ? kWidth : kHeight;
            const double from_middle = (point[axis] - (low_[axis] + high_[axis]) / 2) * scale_;
            result[axis] = std::clamp(size / 2 + (axis == 0 ? from_middle : -from_middle), kMargin / 2,
                                      size - kMargin / 2);
        }
        return result;
    }

  private:
    double low_[2] = {0, 0}, high_[2] = {0, 0}, scale_ = 0;
};

std::string picture(const ClusterPage& page, const std::vector<std::int64_t>& drawn) {
    const Frame frame(page.projection.points);
    std::vector<std::string> groups(page.clustering.sizes.size());
    std::vector<std::array<double, 2>> sums(groups.size());
    for (std::size_t row = 0; row < page.projection.points.size(); ++row) {
        const auto cluster = static_cast<std::size_t>(page.clustering.cluster[row]);
        const auto at = frame.at(page.projection.points[row]);
        for (std::size_t axis = 0; axis < 2; ++axis)
            sums[cluster][axis] += at[axis] / static_cast<double>(page.clustering.sizes[cluster]);
    }
    for (const std::int64_t row : drawn) {
        const auto r = static_cast<std::size_t>(row);
        const auto at = frame.at(page.projection.points[r]);
        groups[static_cast<std::size_t>(page.clustering.cluster[r])] +=
            fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\"><title>{}</title></circle>\n", at[0],
                        at[1], escaped(page.names[r]));
    }
    std::string text = fmt::format(
        "<svg viewBox=\"0 0 {} {}\" role=\"img\" aria-label=\"the items, coloured by "
        "cluster\">\n",
        kWidth, kHeight);
    for (std::size_t cluster = 0; cluster < groups.size(); ++cluster)
        text += fmt::format("<g data-cluster=\"{}\" fill=\"{}\">\n{}</g>\n", cluster,
                            colour(static_cast<std::int64_t>(cluster)), groups[cluster]);
    for (std::size_t cluster = 0; cluster < groups.size(); ++cluster)
        text += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\">{}</text>\n", sums[cluster][0], sums[cluster][1],
                            cluster);
    return text + "</svg>\n";
}

}  // namespace

std::string to_html(const ClusterPage& page) {
    const auto rows = static_cast<std::int64_t>(page.names.size());
    const auto drawn = data::sample_of(rows, kMostPoints, 1);
    std::string text = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n"
        "<style>{1}</style>\n</head>\n<body>\n<h1>{0}</h1>\n<p>{2}</p>\n",
        escaped(page.title), kStyle, escaped(page.facts));
    text += picture(page, drawn);
    text += fmt::format(
        "<p>Seen along the two directions in which the items differ most ({:.1f} % and {:.1f} % of the "
        "variance){}. Point at a dot for its name, at a row for its cluster; a click holds it.</p>\n",
        100 * page.projection.explained[0], 100 * page.projection.explained[1],
        static_cast<std::int64_t>(drawn.size()) < rows
            ? fmt::format("; {} of {} items, drawn by chance", drawn.size(), rows)
            : "");
    text +=
        "<table>\n<thead><tr><th>cluster</th><th class=\"n\">items</th><th>most "
        "typical</th></tr></thead>\n<tbody>\n";
    for (std::size_t cluster = 0; cluster < page.clustering.sizes.size(); ++cluster) {
        std::string typical;
        for (const std::int64_t row : page.typical[cluster]) {
            if (!typical.empty()) typical += " &middot; ";
            typical += escaped(page.names[static_cast<std::size_t>(row)]);
        }
        text += fmt::format(
            "<tr><td><span class=\"dot\" style=\"background:{}\"></span>{}</td><td "
            "class=\"n\">{}</td><td>{}</td></tr>\n",
            colour(static_cast<std::int64_t>(cluster)), cluster, page.clustering.sizes[cluster], typical);
    }
    return text + "</tbody>\n</table>\n<script>" + kScript + "</script>\n</body>\n</html>\n";
}

}  // namespace o2v::answers
