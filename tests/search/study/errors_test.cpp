#include "search/study/errors.hpp"

#include <gtest/gtest.h>

namespace o2v {
namespace {

TEST(InputError, HoldsEveryProblemALineEach) {
    const InputError error({{"a.json: /x", "3", "must be a text"}, {"a.json: /y", "", "is missing"}});
    EXPECT_STREQ(error.what(), "a.json: /x = 3: must be a text\na.json: /y: is missing");
    EXPECT_EQ(error.problems().size(), 2U);
}

TEST(NearestName, FindsMisspellingsOnly) {
    EXPECT_EQ(nearest_name("rnadom", {"grid", "random", "sobol"}), "random");
    EXPECT_EQ(nearest_name("learning_rat", {"learning_rate", "mlp_dim"}), "learning_rate");
    EXPECT_EQ(nearest_name("banana", {"grid", "random", "sobol"}), "");
    EXPECT_EQ(nearest_name("x", {}), "");
}

}  // namespace
}  // namespace o2v
