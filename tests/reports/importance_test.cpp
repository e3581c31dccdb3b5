#include "reports/importance.hpp"

#include <gtest/gtest.h>

namespace o2v::reports {
namespace {

TEST(Importance, ATableWithBars) {
    EXPECT_EQ('\n' + importance_table({{"learning_rate", 0.75}, {"dim", 0.24}, {"x", 0.01}, {"one", 0}}), R"(
parameter       share
learning_rate  75.0 %  ##############################
dim            24.0 %  ##########
x               1.0 %
one             0.0 %
)");
    EXPECT_EQ(importance_table({}), "parameter  share\n");
}

TEST(Importance, Json) {
    EXPECT_EQ(importance_json({{"a\"b", 0.625}, {"c", 0.375}}), R"([
  {
    "parameter": "a\"b",
    "share": 0.625
  },
  {
    "parameter": "c",
    "share": 0.375
  }
]
)");
    EXPECT_EQ(importance_json({}), "[]\n");
}

}  // namespace
}  // namespace o2v::reports
