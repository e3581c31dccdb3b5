#include "search/share.hpp"

#include <gtest/gtest.h>

#include "tests/search/spaces.hpp"

namespace o2v::search {
namespace {

using namespace o2v::testing;

TEST(Share, TilesTheUnitIntervalAndMapsBack) {
    const std::vector<Domain> domains{IntDomain{-3, 5},
                                      IntDomain{0, 100, Scale::linear, 7},
                                      IntDomain{1, 1000, Scale::log},
                                      FloatDomain{0, 1, Scale::linear, 0.3},
                                      texts({"a", "b", "c"}),
                                      OrdinalDomain{{std::int64_t{1}, 2.5, std::string("many")}},
                                      IntDomain{7, 7}};
    for (const Domain& domain : domains) {
        double end = 0;
        std::uint64_t values = 0;
        while (end < 1 - 1e-9) {
            const ParamValue value = from_unit(domain, end + 1e-7);
            const Share share = share_of(domain, value);
            EXPECT_NEAR(share.low, end, 1e-12);
            EXPECT_GT(share.high, share.low);
            EXPECT_EQ(from_unit(domain, share.low + 1e-9), value);
            EXPECT_EQ(from_unit(domain, share.high - 1e-9), value);
            end = share.high;
            ++values;
        }
        EXPECT_EQ(values, *cardinality(domain));
    }
}

}  // namespace
}  // namespace o2v::search
