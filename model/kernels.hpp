// The loops that training spends its time in on a CPU, over plain memory, without LibTorch (their source is
// compiled with flags of its own). All are bit-deterministic and single-threaded. `float` everywhere,
// row-major.
#pragma once

#include <cstdint>

#include "model/hyperparameters/hyperparameters.hpp"

namespace o2v::model::kernels {

// out[b] = sum of vectors[tokens[k]] over k in [offsets[b], offsets[b+1]) with tokens[k] != 0, divided by how
// many they are (0 when there are none). vectors: [U, dim]; out: [batch, dim].
void pool_mean(const float* vectors, std::int64_t dim, const std::int32_t* tokens,
               const std::int64_t* offsets, std::int64_t batch, float* out);
// The gradient of pool_mean: adds out_grad[b] / count to every row tokens[k] != 0 of vectors_grad ([U, dim]).
void pool_mean_backward(const float* out_grad, std::int64_t dim, const std::int32_t* tokens,
                        const std::int64_t* offsets, std::int64_t batch, float* vectors_grad);

// out[i] = table[rows[i]]. out: [n, dim].
void gather_rows(const float* table, std::int64_t dim, const std::int64_t* rows, std::int64_t n, float* out);

// out[i] = scale with probability `keep`, else 0. Numbers by SplitMix64 from (seed, i).
void dropout_mask(std::uint64_t seed, double keep, float scale, std::int64_t n, float* out);
// out[i] uniform in [-bound, bound). Numbers by SplitMix64 from (seed, i).
void fill_uniform(std::uint64_t seed, float bound, std::int64_t n, float* out);

// One optimizer's constants at one step, see optimizer.hpp.
struct Update {
    Optimizer optimizer = Optimizer::adam;
    float learning_rate = 0;  // for adam with its bias correction
    float weight_decay = 0;   // coupled: added to the gradient times the weight
};
// Updates n weights and their state (one pass over the memory). `grad` null = all zero. first, second: the
// optimizer's moments, null where it has none.
// Denormal results are flushed to zero: the moments of long untouched rows would otherwise pass through them
// slowly.
void update(const Update& how, std::int64_t n, const float* grad, float* weight, float* first, float* second);
// The same for the rows `rows[0..n)` of tables [V, dim] alone; grad: [n, dim]. REQUIRES: no row is named
// twice.
void update_rows(const Update& how, std::int64_t n, std::int64_t dim, const std::int64_t* rows,
                 const float* grad, float* weight, float* first, float* second);

}  // namespace o2v::model::kernels
