// Values of series as people read them. Private to the room.
#pragma once

#include <string>

#include "reports/comparison.hpp"

namespace o2v::reports {

// "15,230 pairs/s", "3.21 ms", "412 MiB", "0.0123 USD".
std::string value_text(double value, const std::string& unit);
// "0.98 to 1.03"; "-" when there is none.
std::string interval_text(const std::optional<Interval>& interval);
// "processor 1.2 %, memory 3.4 %": how much the reference loops' times vary.
std::string noise_text(const BenchResult& result);
// "soft" where no difference is seen, "worse", "better"; "" for one of which neither is better.
const char* judgement_of(const ComparedSeries& row);
// What the i-th result is called beside the others: "A", "B", ..., "Z", "#27".
std::string letter(std::size_t i);
// How many intervals exclude 1, and how many do by chance.
std::string tally_text(const Pairing& pairing);
// "time in all: 1.004 times the first's (0.98 to 1.03): no difference seen".
std::vector<std::string> overall_lines(const Pairing& pairing);

// Results with a price, and what they do for it.
struct CostPoint {
    std::string instance, configuration, measure;
    double rate = 0;      // rows or pairs a second, median
    double per_hour = 0;  // price
    double per_million = 0;
    std::string currency, as_of;
    bool secondary = false;
};
std::vector<CostPoint> cost_points(const Comparison& comparison);

}  // namespace o2v::reports
