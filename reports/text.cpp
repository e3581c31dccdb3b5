#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "reports/leaderboard.hpp"

namespace o2v::reports {

std::string bytes_text(std::int64_t bytes) {
    constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    auto size = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; std::abs(size) >= 999.5 && unit + 1 < std::size(kUnits); ++unit) size /= 1024;
    const int digits = unit == 0 || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
    return fmt::format("{:.{}f} {}", size, digits, kUnits[unit]);
}

std::string duration_text(double seconds) {
    if (!std::isfinite(seconds)) return fmt::format("{} s", seconds);
    seconds = std::max(seconds, 0.0);
    if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1000);
    if (seconds < 59.95) {
        std::string text = fmt::format("{:.1f}", seconds);
        if (text.ends_with(".0")) text.erase(text.size() - 2);
        return text + " s";
    }
    if (seconds < 3599.5) {
        const auto whole = std::llround(seconds);
        return fmt::format("{} min {:02} s", whole / 60, whole % 60);
    }
    const auto minutes = std::llround(seconds / 60);
    return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
}

std::string energy_text(double joules) {
    if (!(joules >= 999.5)) return fmt::format("{:.3g} J", joules);
    const double hours = joules / 3600;
    return hours < 999.5 ? fmt::format("{:.3g} Wh", hours) : fmt::format("{:.3g} kWh", hours / 1000);
}

std::string metric_text(double value) {
    // "nan", never "-nan": the sign of a NaN says nothing.
    if (std::isnan(value)) return "nan";
    const double size = std::abs(value);
    return size >= 9999.5 && size < 1e9 ? fmt::format("{:.0f}", value) : fmt::format("{:.4g}", value);
}

std::string metrics_text(const Metrics& metrics) {
    std::string text;
    for (const auto& [name, value] : metrics)
        text += (text.empty() ? "" : ", ") + name + ' ' + metric_text(value);
    return text;
}

}  // namespace o2v::reports
