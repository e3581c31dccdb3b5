// Length buckets of Sockeye 1.15's data_io (spec section 4.6), without its minimum length of 2: pairs of
// similar lengths share batches.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "model/data/dataset.hpp"

namespace o2v::data {

// The greatest lengths (of in0, of in1) that a bucket takes.
using Bucket = std::array<std::int64_t, 2>;

// Ascending; the last one takes (max_len0, max_len1). Steps of bucket_width on the longer side; the other
// side's step is scaled by mean_length_ratio, the mean over pairs of |in1| / |in0|. REQUIRES: bucket_width >
// 0, max lengths > 0, mean_length_ratio > 0.
std::vector<Bucket> make_buckets(std::int64_t bucket_width, std::int64_t max_len0, std::int64_t max_len1,
                                 double mean_length_ratio);
// The buckets of a set by its own greatest lengths and mean ratio.
std::vector<Bucket> make_buckets(std::int64_t bucket_width, const Dataset& dataset);
// The first bucket that takes both lengths. REQUIRES: one does.
std::size_t find_bucket(const std::vector<Bucket>& buckets, std::int64_t len0, std::int64_t len1);

}  // namespace o2v::data
