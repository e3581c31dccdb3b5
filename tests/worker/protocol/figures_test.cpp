#include "worker/protocol/figures.hpp"

#include <gtest/gtest.h>

namespace o2v::protocol {
namespace {

TEST(Figures, ANameIsReadAndWrittenAlike) {
    for (const char* name :
         {"validation:f1_macro", "test:f1_weighted", "validation:roc_auc", "validation:calibration_error",
          "test:root_mean_squared_error", "validation:hits@1", "test:hits@999", "validation:ndcg@25",
          "validation:mrr", "test:mean_rank", "latency_p50_ms", "latency_p99_ms"}) {
        const auto figure = figure_of(name);
        ASSERT_TRUE(figure) << name;
        EXPECT_EQ(name_of(*figure), name);
    }
    const Figure hits = *figure_of("validation:hits@12");
    EXPECT_EQ(hits.info->kind, FigureKind::retrieval);
    EXPECT_EQ(hits.set, "validation");
    EXPECT_EQ(hits.k, 12);
}

TEST(Figures, WhatIsNoFigureIsNone) {
    for (const char* name : {"",
                             ":",
                             "f1_macro",
                             "train:f1_macro",
                             "validation:",
                             "validation:accuracy",
                             "validation:hits",
                             "validation:hits@",
                             "validation:hits@0",
                             "validation:hits@010",
                             "validation:hits@-1",
                             "validation:hits@1000",
                             "validation:hits@1e2",
                             "validation:hits@10 ",
                             "validation:hits@1@1",
                             "validation:hits@99999999999999999999",
                             "validation:mrr@10",
                             "validation:latency_p99_ms",
                             "latency_p99",
                             ":latency_p99_ms",
                             "model_bytes"})
        EXPECT_FALSE(figure_of(name)) << name;
}

TEST(Figures, MoreIsGoodOfAllButErrorsRanksAndTimes) {
    for (const FigureInfo& info : figure_table()) {
        const bool less =
            info.name.ends_with("error") || info.name.ends_with("rank") || info.name.starts_with("latency");
        EXPECT_EQ(info.direction, less ? Direction::minimize : Direction::maximize) << info.name;
    }
}

}  // namespace
}  // namespace o2v::protocol
