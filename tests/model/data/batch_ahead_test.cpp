#include "model/data/batch_ahead.hpp"

#include <gtest/gtest.h>

namespace o2v::data {
namespace {

Dataset dataset() {
    Pairs set;
    for (int row = 0; row < 23; ++row) {
        for (Sequences& side : set.side) {
            side.tokens.push_back(row + 1);
            side.offsets.push_back(row + 1);
        }
        set.labels.push_back(static_cast<float>(row));
    }
    return set;
}

TEST(BatchAhead, GivesTheEpochsBatchesInOrder) {
    const Dataset set = dataset();
    const EpochBatches batches(set, {4, 0, 1}, 7);
    for (const bool in_background : {false, true}) {
        BatchAhead ahead(batches, in_background);
        Batch expected;
        for (std::int64_t i = 0; i < batches.size(); ++i) {
            batches.get(i, expected);
            const Batch& batch = ahead.next();
            EXPECT_EQ(batch.labels, expected.labels) << i;
            EXPECT_EQ(batch.side[1].tokens, expected.side[1].tokens) << i;
        }
    }
}

TEST(BatchAhead, MayBeLeftInTheMidst) {
    const Dataset set = dataset();
    const EpochBatches batches(set, {4, 0, 0}, 7);
    for (int taken = 0; taken < 3; ++taken) {
        BatchAhead ahead(batches, /*in_background=*/true);
        for (int i = 0; i < taken; ++i) ahead.next();
    }
}

}  // namespace
}  // namespace o2v::data
