#include <gtest/gtest.h>

#include <limits>

#include "reports/leaderboard.hpp"
#include "search/study/errors.hpp"

namespace o2v::reports {
namespace {

TEST(DurationText, ReadsAsPeopleSayIt) {
    EXPECT_EQ(duration_text(0), "0 ms");
    EXPECT_EQ(duration_text(0.85), "850 ms");
    EXPECT_EQ(duration_text(0.9996), "1 s");
    EXPECT_EQ(duration_text(12.34), "12.3 s");
    EXPECT_EQ(duration_text(21), "21 s");
    EXPECT_EQ(duration_text(59.96), "1 min 00 s");
    EXPECT_EQ(duration_text(245), "4 min 05 s");
    EXPECT_EQ(duration_text(3599.6), "1 h 00 min");
    EXPECT_EQ(duration_text(7620), "2 h 07 min");
    EXPECT_EQ(duration_text(-1), "0 ms");
}

TEST(MetricText, HasFourSignificantDigits) {
    EXPECT_EQ(metric_text(0.81234), "0.8123");
    EXPECT_EQ(metric_text(1.2e-5), "1.2e-05");
    EXPECT_EQ(metric_text(0), "0");
    EXPECT_EQ(metric_text(-12.3456), "-12.35");
    EXPECT_EQ(metric_text(9999.7), "10000");
    EXPECT_EQ(metric_text(1234567.8), "1234568");
    EXPECT_EQ(metric_text(3e12), "3e+12");
    EXPECT_EQ(metric_text(std::numeric_limits<double>::quiet_NaN()), "nan");
    EXPECT_EQ(metric_text(-std::numeric_limits<double>::quiet_NaN()), "nan");
    EXPECT_EQ(metric_text(std::numeric_limits<double>::infinity()), "inf");
}

TEST(FormatFromText, KnowsFiveAndNamesThemOtherwise) {
    EXPECT_EQ(format_from_text("text"), Format::text);
    EXPECT_EQ(format_from_text("markdown"), Format::markdown);
    EXPECT_EQ(format_from_text("csv"), Format::csv);
    EXPECT_EQ(format_from_text("json"), Format::json);
    try {
        format_from_text("xml");
        FAIL() << "not refused";
    } catch (const InputError& e) {
        EXPECT_STREQ(e.what(), "format = \"xml\": must be one of text, markdown, csv, json, html");
    }
}

}  // namespace
}  // namespace o2v::reports
