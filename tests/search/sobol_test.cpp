#include "search/sobol.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <map>
#include <set>

#include "search/sobol_directions.hpp"
#include "search/study/errors.hpp"
#include "tests/search/spaces.hpp"
#include "tests/search/study/histories.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;

// The first ten points in three dimensions as Joe & Kuo's own program prints them.
TEST(SobolSequence, StartsWithThePublishedPoints) {
    const std::vector<std::vector<double>> published{{0, 0, 0},
                                                     {0.5, 0.5, 0.5},
                                                     {0.75, 0.25, 0.25},
                                                     {0.25, 0.75, 0.75},
                                                     {0.375, 0.375, 0.625},
                                                     {0.875, 0.875, 0.125},
                                                     {0.625, 0.125, 0.875},
                                                     {0.125, 0.625, 0.375},
                                                     {0.1875, 0.3125, 0.9375},
                                                     {0.6875, 0.8125, 0.4375}};
    const SobolSequence sequence(3);
    for (std::size_t i = 0; i < published.size(); ++i)
        EXPECT_EQ(sequence.point(i), published[i]) << "point " << i;
}

// x has the order 2^s - 1 modulo a primitive polynomial of degree s.
bool primitive(std::uint32_t polynomial, std::size_t degree) {
    std::uint32_t power = 1;
    for (std::uint32_t order = 1;; ++order) {
        power <<= 1;
        if (power >> degree & 1) power ^= polynomial;
        if (power == 1) return order == (1U << degree) - 1;
        if (order >= 1U << degree) return false;
    }
}

TEST(SobolDirections, ArePrimitivePolynomialsWithOddSmallIntegers) {
    ASSERT_EQ(sobol_dimensions().size(), SobolSequence::kMaxDimensions - 1);
    std::set<std::uint32_t> polynomials;
    for (const auto& [coefficients, initial] : sobol_dimensions()) {
        const std::size_t s = initial.size();
        const std::uint32_t polynomial = 1U << s | coefficients << 1 | 1U;
        EXPECT_TRUE(s == 1 || primitive(polynomial, s)) << polynomial;
        EXPECT_TRUE(polynomials.insert(polynomial).second) << polynomial;
        for (std::size_t j = 0; j < s; ++j) {
            EXPECT_EQ(initial[j] % 2, 1U);
            EXPECT_LT(initial[j], 2U << j);
        }
    }
}

// In every dimension, each of the 2^m intervals of length 2^-m holds one of the first 2^m points.
void expect_stratified(const SobolSequence& sequence, std::size_t dimensions, std::size_t n) {
    std::vector<std::set<std::size_t>> cells(dimensions);
    for (std::size_t i = 0; i < n; ++i) {
        const auto point = sequence.point(i);
        for (std::size_t d = 0; d < dimensions; ++d)
            cells[d].insert(static_cast<std::size_t>(point[d] * static_cast<double>(n)));
    }
    for (std::size_t d = 0; d < dimensions; ++d) EXPECT_EQ(cells[d].size(), n) << "dimension " << d;
}

// The first two dimensions are a (0, 2)-sequence: every box of 2^-a x 2^-(m-a) holds one of the first 2^m
// points.
void expect_net(const SobolSequence& sequence, int m) {
    for (int a = 0; a <= m; ++a) {
        std::set<std::pair<int, int>> boxes;
        for (int i = 0; i < 1 << m; ++i) {
            const auto point = sequence.point(static_cast<std::uint64_t>(i));
            boxes.emplace(static_cast<int>(std::ldexp(point[0], a)),
                          static_cast<int>(std::ldexp(point[1], m - a)));
        }
        EXPECT_EQ(boxes.size(), 1U << m) << "boxes of 2^-" << a;
    }
}

TEST(SobolSequence, IsEquidistributedPlainAndScrambled) {
    for (const std::optional<std::uint64_t> seed : {std::optional<std::uint64_t>{}, {1}, {77}}) {
        expect_stratified(SobolSequence(SobolSequence::kMaxDimensions, seed), SobolSequence::kMaxDimensions,
                          1024);
        expect_net(SobolSequence(2, seed), 8);
    }
}

// Seeds 0 ... 3999. Each coordinate of a scrambled point is uniform: its mean has the deviation 1/sqrt(12 *
// 4000), of which 5 are exceeded with probability 6e-7; ten coordinates are looked at.
TEST(SobolSequence, ScramblingMakesEachPointUniform) {
    for (const std::uint64_t index : {0ULL, 1ULL, 5ULL, 100ULL, 4095ULL}) {
        std::vector<double> sum(2);
        for (std::uint64_t seed = 0; seed < 4000; ++seed) {
            const auto point = SobolSequence(2, seed).point(index);
            for (std::size_t d = 0; d < 2; ++d) sum[d] += point[d];
        }
        for (const double s : sum)
            EXPECT_NEAR(s / 4000, 0.5, 5 / std::sqrt(12.0 * 4000)) << "point " << index;
    }
}

TEST(Sobol, FillsASpaceEvenly) {
    Study study(spec_of(SearchSpace({{"x", FloatDomain{0, 1}, {}}, {"n", IntDomain{0, 7}, {}}})));
    const SobolSearcher searcher(5, study.spec().space);
    Rng rng;
    std::map<std::int64_t, int> counts;
    for (int i = 0; i < 64; ++i) {
        const auto suggestion = searcher.suggest(study, rng);
        ++counts[std::get<std::int64_t>(suggestion->params.at("n"))];
        create(study, suggestion->params);
    }
    for (const auto& [n, count] : counts) EXPECT_EQ(count, 8) << n;
}

TEST(Sobol, TheSeedScrambles) {
    const Study study(spec_of(floats_space(3)));
    Rng rng;
    EXPECT_NE(SobolSearcher(1, study.spec().space).suggest(study, rng),
              SobolSearcher(2, study.spec().space).suggest(study, rng));
}

TEST(Sobol, RefusesMoreParametersThanItHasDirectionsFor) {
    EXPECT_NO_THROW(SobolSearcher(0, floats_space(64)));
    try {
        SobolSearcher(0, floats_space(65));
        FAIL() << "not refused";
    } catch (const InputError& e) {
        EXPECT_STREQ(
            e.what(),
            "/search/strategy = \"sobol\": has directions for 64 parameters and the space has 65; take "
            "\"random\"");
    }
}

// A limit that only tells what grows with the study from what does not.
TEST(Sobol, AHundredThousandTrialsAreNoWork) {
    Study study(spec_of(floats_space(4)));
    const SobolSearcher searcher(1, study.spec().space);
    const auto begin = std::chrono::steady_clock::now();
    Rng rng;
    for (int i = 0; i < 100'000; ++i) create(study, searcher.suggest(study, rng)->params);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace o2v::search
