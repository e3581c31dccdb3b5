#include "worker/protocol/figures.hpp"

#include <algorithm>
#include <charconv>

namespace o2v::protocol {
namespace {

using enum Direction;
using enum FigureKind;

constexpr FigureInfo kTable[] = {{"f1_macro", classification, maximize, false},
                                 {"f1_weighted", classification, maximize, false},
                                 {"roc_auc", classification, maximize, false},
                                 {"calibration_error", classification, minimize, false},
                                 {"root_mean_squared_error", regression, minimize, false},
                                 {"hits", retrieval, maximize, true},
                                 {"ndcg", retrieval, maximize, true},
                                 {"mrr", retrieval, maximize, false},
                                 {"mean_rank", retrieval, minimize, false},
                                 {"latency_p50_ms", latency, minimize, false},
                                 {"latency_p99_ms", latency, minimize, false}};

// Decimal without leading zeros, so that a figure has one name only.
std::optional<std::int64_t> k_of(std::string_view text) {
    std::int64_t k = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), k);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || text.front() == '0' || k < 1 || k >= kRankedCandidates) return std::nullopt;
    return k;
}

}  // namespace

std::span<const FigureInfo> figure_table() {
    return kTable;
}

std::optional<Figure> figure_of(std::string_view metric) {
    Figure figure;
    if (const std::size_t colon = metric.find(':'); colon != std::string_view::npos) {
        figure.set = metric.substr(0, colon);
        metric.remove_prefix(colon + 1);
        if (figure.set != "validation" && figure.set != "test") return std::nullopt;
    }
    const std::size_t at = metric.find('@');
    const std::string_view name = metric.substr(0, at);
    const auto found = std::find_if(std::begin(kTable), std::end(kTable),
                                    [&](const FigureInfo& info) { return info.name == name; });
    if (found == std::end(kTable) || found->at_k != (at != std::string_view::npos)) return std::nullopt;
    if ((found->kind == latency) != figure.set.empty()) return std::nullopt;
    figure.info = found;
    if (found->at_k) {
        const auto k = k_of(metric.substr(at + 1));
        if (!k) return std::nullopt;
        figure.k = *k;
    }
    return figure;
}

std::string name_of(const Figure& figure) {
    std::string name = figure.set + (figure.set.empty() ? "" : ":") + std::string(figure.info->name);
    if (figure.info->at_k) name += '@' + std::to_string(figure.k);
    return name;
}

}  // namespace o2v::protocol
