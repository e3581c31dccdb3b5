#include "reports/comparison_svg.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/html.hpp"

namespace o2v::reports {
namespace {

// Of colours that people with any colour vision tell apart (Okabe and Ito 2008), in light and in dark.
constexpr const char* kColours[] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"};

// A logarithmic axis from `low` to `high` onto pixels.
class LogAxis {
  public:
    LogAxis(double low, double high, double from, double to)
        : low_(std::log10(low)), high_(std::log10(high)), from_(from), to_(to) {
        if (high_ - low_ < 0.1) {
            const double middle = (low_ + high_) / 2;
            low_ = middle - 0.05;
            high_ = middle + 0.05;
        }
        const double margin = 0.08 * (high_ - low_);
        low_ -= margin;
        high_ += margin;
    }
    double at(double value) const {
        return from_ + (std::log10(value) - low_) / (high_ - low_) * (to_ - from_);
    }
    // At 1, 2 and 5 times a power of ten; where fewer than two of them lie on the axis, its two ends.
    std::vector<double> ticks() const {
        std::vector<double> ticks;
        for (int power = static_cast<int>(std::floor(low_)); power <= static_cast<int>(std::ceil(high_));
             ++power)
            for (const double digit : {1.0, 2.0, 5.0}) {
                const double value = digit * std::pow(10.0, power);
                if (std::log10(value) >= low_ && std::log10(value) <= high_) ticks.push_back(value);
            }
        if (ticks.size() < 2)
            ticks = {std::pow(10, low_ + 0.2 * (high_ - low_)), std::pow(10, high_ - 0.2 * (high_ - low_))};
        return ticks;
    }

  private:
    double low_, high_, from_, to_;
};

std::string text_at(double x, double y, const std::string& text, const char* anchor, const char* kind = "") {
    return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" class=\"{}\">{}</text>\n", x, y,
                       anchor, kind, html_escaped(text));
}

std::string line(double x1, double y1, double x2, double y2, const char* kind) {
    return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" class=\"{}\"/>\n", x1,
                       y1, x2, y2, kind);
}

bool drawable(const ComparedSeries& row) {
    const auto& interval = row.ratio.harm_interval;
    return interval && row.first.better != "same" && interval->low > 0 && std::isfinite(interval->high) &&
           interval->low < interval->high;
}

}  // namespace

std::string ratios_svg(const Pairing& pairing) {
    constexpr double kWidth = 800, kLeft = 410, kRight = 780, kRow = 18, kTop = 26;
    std::vector<const ComparedSeries*> rows;
    double low = 0.98, high = 1.02;
    for (const ComparedSeries& row : pairing.rows) {
        if (!drawable(row)) continue;
        rows.push_back(&row);
        low = std::min(low, row.ratio.harm_interval->low);
        high = std::max(high, row.ratio.harm_interval->high);
    }
    if (rows.empty()) return "";  // nothing differs at all
    const LogAxis axis(low, high, kLeft, kRight);
    const double bottom = kTop + kRow * static_cast<double>(rows.size());
    std::string svg = fmt::format(
        "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"95 % intervals of the ratios\">\n",
        kWidth, bottom + 30);
    svg += line(axis.at(1), kTop - 8, axis.at(1), bottom, "axis") +
           text_at(axis.at(1), kTop - 12, "1", "middle", "soft");
    svg += text_at(kLeft, bottom + 18, fmt::format("better ({:.2f})", low), "start", "soft") +
           text_at(kRight, bottom + 18, fmt::format("worse ({:.2f})", high), "end", "soft");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const ComparedSeries& row = *rows[i];
        const Interval& interval = *row.ratio.harm_interval;
        const double y = kTop + kRow * (static_cast<double>(i) + 0.5);
        svg += text_at(kLeft - 10, y + 4, row.first.configuration + ": " + row.first.measure, "end");
        svg += fmt::format("<g class=\"{}\"><title>{}</title>", judgement_of(row),
                           html_escaped(fmt::format("{:.3f} ({})", row.ratio.harm, interval_text(interval))));
        svg += line(axis.at(interval.low), y, axis.at(interval.high), y, "band");
        svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3.5\" fill=\"currentColor\"/></g>\n",
                           axis.at(std::clamp(row.ratio.harm, interval.low, interval.high)), y);
    }
    return svg + "</svg>\n";
}

std::string cost_svg(const std::vector<CostPoint>& points) {
    constexpr double kWidth = 800, kHeight = 340, kLeft = 80, kRight = 600, kTop = 20, kBottom = 290;
    double rates[2] = {INFINITY, 0}, prices[2] = {INFINITY, 0};
    std::vector<std::string> names;
    for (const CostPoint& point : points) {
        rates[0] = std::min(rates[0], point.rate);
        rates[1] = std::max(rates[1], point.rate);
        prices[0] = std::min(prices[0], point.per_million);
        prices[1] = std::max(prices[1], point.per_million);
        if (std::find(names.begin(), names.end(), point.configuration) == names.end())
            names.push_back(point.configuration);
    }
    const LogAxis x(rates[0], rates[1], kLeft, kRight), y(prices[0], prices[1], kBottom, kTop);
    std::string svg = fmt::format(
        "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\" aria-label=\"price of a million over rows a "
        "second\">\n",
        kWidth, kHeight);
    svg += line(kLeft, kBottom, kRight, kBottom, "axis") + line(kLeft, kTop, kLeft, kBottom, "axis");
    for (const double tick : x.ticks())
        svg += line(x.at(tick), kTop, x.at(tick), kBottom, "axis") +
               text_at(x.at(tick), kBottom + 18, value_text(tick, ""), "middle", "soft");
    for (const double tick : y.ticks())
        svg += line(kLeft, y.at(tick), kRight, y.at(tick), "axis") +
               text_at(kLeft - 6, y.at(tick) + 4, fmt::format("{:.3g}", tick), "end", "soft");
    svg += text_at((kLeft + kRight) / 2, kHeight - 10, "a second", "middle", "soft");
    svg += text_at(6, kTop - 6, points.front().currency + " a million", "start", "soft");
    for (const CostPoint& point : points) {
        const auto place = static_cast<std::size_t>(
            std::find(names.begin(), names.end(), point.configuration) - names.begin());
        const double cx = x.at(point.rate), cy = y.at(point.per_million);
        svg +=
            fmt::format("<g><title>{}</title><circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"6\" fill=\"{}\"/></g>\n",
                        html_escaped(fmt::format("{}, {}: {} a second, {:.4g} {} a million", point.instance,
                                                 point.configuration, value_text(point.rate, ""),
                                                 point.per_million, point.currency)),
                        cx, cy, kColours[place % std::size(kColours)]);
        svg += text_at(cx + 9, cy + 4, point.instance, "start");
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        const double row = kTop + 10 + 20 * static_cast<double>(i);
        svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"6\" fill=\"{}\"/>\n", kRight + 30, row,
                           kColours[i % std::size(kColours)]);
        svg += text_at(kRight + 42, row + 4, names[i], "start");
    }
    return svg + "</svg>\n";
}

}  // namespace o2v::reports
