#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "reports/comparison.hpp"
#include "search/study/errors.hpp"

namespace o2v::reports {
namespace {

bool looks_at(const Gate& gate, const Series& series) {
    if (gate.what == "slower") return series.kind == "time" || series.kind == "rate";
    return gate.what == series.kind || gate.what == series.measure;
}

// Of a measure that of equal work is the same, a difference to either side breaks the gate.
bool breaks(const ComparedSeries& row, double limit) {
    const auto& harm = row.ratio.harm_interval;
    if (row.first.better == "same" && !std::isfinite(row.ratio.value)) return true;  // something beside 0
    return harm && (harm->low > limit || (row.first.better == "same" && harm->high < 1 / limit));
}

std::string factor_text(const Ratio& ratio) {
    if (!ratio.harm_interval) return "from 0";
    return fmt::format("by a factor of {:.3f} ({:.3f} to {:.3f})", ratio.harm, ratio.harm_interval->low,
                       ratio.harm_interval->high);
}

}  // namespace

Gate parse_gate(const std::string& text) {
    const std::size_t equals = text.find('=');
    Gate gate;
    if (equals != std::string::npos && equals > 0) {
        gate.what = text.substr(0, equals);
        const char *begin = text.data() + equals + 1, *end = text.data() + text.size();
        const auto [stop, error] = std::from_chars(begin, end, gate.limit);
        if (error == std::errc() && stop == end && gate.limit >= 1 && gate.limit < 1e6) return gate;
    }
    throw InputError("--fail-if", text,
                     "must be slower=, memory=, cost= or a measure's name= and a factor of at least 1: "
                     "slower=1.10");
}

std::vector<std::string> broken(const Comparison& comparison, const std::vector<Gate>& gates) {
    std::vector<std::string> sentences;
    for (const Gate& gate : gates) {
        bool looked = false;
        for (const Pairing& pairing : comparison.others)
            for (const ComparedSeries& row : pairing.rows) {
                if (!looks_at(gate, row.first)) continue;
                looked = true;
                if (!breaks(row, gate.limit)) continue;
                sentences.push_back(
                    fmt::format("{}: {} of {} {} {}, and at most {:g} is "
                                "allowed (--fail-if {}={:g})",
                                pairing.other.source, row.first.measure, row.first.configuration,
                                row.first.better == "same" ? "differs" : "is worse", factor_text(row.ratio),
                                gate.limit, gate.what, gate.limit));
            }
        if (looked) continue;
        std::vector<std::string> known{"slower", "memory", "cost"};
        for (const Series& series : comparison.first.series) known.push_back(series.measure);
        const std::string near = nearest_name(gate.what, known);
        throw InputError("--fail-if", gate.what,
                         "is nothing that these results have in common" +
                             (near.empty() ? std::string() : "; did you mean " + near + "?"));
    }
    return sentences;
}

}  // namespace o2v::reports
