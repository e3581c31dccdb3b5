#include "search/study/assignment.hpp"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace o2v {
namespace {

TEST(AssignmentText, ShowsValuesSoThatTheyReadBackEqual) {
    EXPECT_EQ(to_text(Assignment{{"b", 0.1}, {"a", std::int64_t{-3}}, {"c", "relu"}}), "a=-3, b=0.1, c=relu");
    const double third = 1.0 / 3;
    EXPECT_EQ(std::stod(to_text(ParamValue(third))), third);
}

TEST(Random, TheGeneratorsSequenceIsTheStandards) {
    Rng rng;  // the standard: the 10000th consecutive invocation gives this
    rng.discard(9999);
    EXPECT_EQ(rng(), 9981545732273789042ULL);
}

// Seed 3. 60,000 draws into 6 bins: chi-square with 5 degrees of freedom above 30.9 has probability 1e-5.
TEST(Random, IndicesAreUniform) {
    Rng rng(3);
    std::array<int, 6> counts{};
    for (int i = 0; i < 60'000; ++i) ++counts.at(uniform_index(rng, 6));
    double chi_square = 0;
    for (const int count : counts) chi_square += (count - 10'000.0) * (count - 10'000.0) / 10'000.0;
    EXPECT_LT(chi_square, 30.9);
}

TEST(Random, DerivedSeedsDiffer) {
    std::set<std::uint64_t> seeds;
    for (std::uint64_t seed = 0; seed < 30; ++seed)
        for (std::uint64_t stream = 0; stream < 30; ++stream) seeds.insert(derive_seed(seed, stream));
    EXPECT_EQ(seeds.size(), 900U);
}

}  // namespace
}  // namespace o2v
