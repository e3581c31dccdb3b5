// The loops that training spends its time in on a CPU, over plain memory, without LibTorch. Compiled for
// several instruction sets; kernels() gives those of the best one that this machine has. All are
// single-threaded and bit-deterministic on one instruction set. `float` everywhere, row-major; a `stride` is
// the distance of two rows in floats.
#pragma once

#include <cstdint>
#include <vector>

#include "model/hyperparameters/hyperparameters.hpp"

namespace o2v::model::kernels {

// One optimizer's constants at one step, see optimizer_state.hpp.
struct Update {
    Optimizer optimizer = Optimizer::adam;
    float learning_rate = 0;  // for adam with its bias correction
    float weight_decay = 0;   // coupled: added to the gradient times the weight
};

// A table whose rows hold a token's vector and behind it, `dim` floats each, the optimizer's moments of it:
// one place in memory for all that a step reads and writes.
struct TableRows {
    float* data = nullptr;
    std::int64_t stride = 0;
    std::int64_t dim = 0;
    int moments = 0;  // how many follow the vector, 0 to 2
};

// Steps without a gradient that some rows have missed.
struct MissedSteps {
    Optimizer optimizer = Optimizer::adam;
    const float* learning_rates = nullptr;  // adam's, with its bias correction; [steps], the earliest first
    std::int64_t steps = 0;
};

// Comparator codes of compare: which blocks of columns an output has, in order.
enum class Block : std::uint8_t { hadamard, first, second, abs_diff };

struct Kernels {
    const char* instruction_set;

    // out[b] = the sum of table[ids[k]] over k in [offsets[b], offsets[b+1]) with ids[k] != 0, divided by how
    // many they are (0 when there are none). out: [batch, dim].
    void (*pool_mean)(const float* table, std::int64_t stride, std::int64_t dim, const std::int32_t* ids,
                      const std::int64_t* offsets, std::int64_t batch, float* out);
    // Its gradient: adds out_grad[b] / count to row slots[k] of grad ([U, dim]) for every k with slots[k] !=
    // 0.
    void (*pool_mean_backward)(const float* out_grad, std::int64_t dim, const std::int32_t* slots,
                               const std::int64_t* offsets, std::int64_t batch, float* grad);
    // out[i] = table[rows[i]]. out: [n, dim].
    void (*gather)(const float* table, std::int64_t stride, std::int64_t dim, const std::int64_t* rows,
                   std::int64_t n, float* out);
    // out[i] = from[rows[i]] + bias, and its gradient: to[rows[i]] += from[i]. [n, dim]; bias: [dim].
    void (*gather_biased)(const float* from, const float* bias, std::int64_t dim, const std::int32_t* rows,
                          std::int64_t n, float* out);
    void (*scatter_add)(const float* from, std::int64_t dim, const std::int32_t* rows, std::int64_t n,
                        float* to);

    // A convolution over tokens whose products with each tap are known. products: [U, width * filters], tap
    // j's in columns j * filters and on; slots: [length], 0 = no token. out[p] = the sum over j of tap j's
    // product of token slots[p - before + j], for p in [0, positions); tokens outside [0, length) count as
    // none. out: [positions, filters].
    void (*sum_taps)(const float* products, const std::int32_t* slots, std::int64_t length,
                     std::int64_t width, std::int64_t before, std::int64_t filters, std::int64_t positions,
                     float* out);
    // Its gradient: adds to products_grad.
    void (*sum_taps_backward)(const float* out_grad, const std::int32_t* slots, std::int64_t length,
                              std::int64_t width, std::int64_t before, std::int64_t filters,
                              std::int64_t positions, float* products_grad);
    // The gradient of a convolution of which one sequence's maxima alone were used. maxima, maxima_grad,
    // argmax: [filters]; x: [positions + width - 1, channels], from the first position's first tap on;
    // weight, weight_grad: [filters, width * channels]. Adds to x_grad, weight_grad and bias_grad; filters
    // whose maximum is 0 have no gradient (ReLU).
    void (*max_convolution_backward)(const float* maxima, const float* maxima_grad,
                                     const std::int32_t* argmax, const float* x, const float* weight,
                                     std::int64_t filters, std::int64_t channels, std::int64_t width,
                                     float* x_grad, float* weight_grad, float* bias_grad);

    // out[b] = the blocks' values side by side. u, v: [batch, dim]; out: [batch, blocks * dim].
    void (*compare)(const Block* blocks, std::int64_t n_blocks, const float* u, const float* v,
                    std::int64_t batch, std::int64_t dim, float* out);
    void (*compare_backward)(const Block* blocks, std::int64_t n_blocks, const float* u, const float* v,
                             const float* out_grad, std::int64_t batch, std::int64_t dim, float* u_grad,
                             float* v_grad);

    // x = activation(x + bias) in place. x: [rows, columns]; bias: [columns].
    void (*bias_activate)(Activation activation, float* x, const float* bias, std::int64_t rows,
                          std::int64_t columns);
    // grad *= activation'(x), from the activation's value y, in place; bias_grad = the columns' sums of it.
    void (*bias_activate_backward)(Activation activation, float* grad, const float* y, std::int64_t rows,
                                   std::int64_t columns, float* bias_grad);

    // Convolution's epilogue for one sequence: x = relu(x + bias) in place, the maximum over its rows and the
    // first row that has it. x: [rows, columns]; maxima: [columns]; argmax: [columns], from 0. REQUIRES: rows
    // > 0.
    void (*relu_max)(float* x, const float* bias, std::int64_t rows, std::int64_t columns, float* maxima,
                     std::int32_t* argmax);
    // Where x[i] > maxima[i], or everywhere when `first`: maxima[i] = x[i], at[i] = row.
    void (*keep_larger)(const float* x, std::int64_t row, bool first, std::int64_t n, float* maxima,
                        std::int64_t* at);

    // One step of an LSTM for n sequences (gates in LibTorch's order: input, forget, cell, output). gates:
    // [n, 4 hidden] pre-activations, replaced by their activations; c_before: [n, hidden], null for zeros; c,
    // h: [n, hidden], h with a stride.
    void (*lstm_cell)(float* gates, const float* c_before, std::int64_t n, std::int64_t hidden, float* c,
                      float* h, std::int64_t h_stride);
    // Its gradient. h_grad: [n, hidden] with a stride, the gradient from above; h_next, c_next: what the
    // following step left for the first n_next sequences ([n_next, hidden]). gates: the activations, replaced
    // by the gradient of the pre-activations. c_grad: [n, hidden], the gradient of c_before.
    void (*lstm_cell_backward)(float* gates, const float* c_before, const float* c, const float* h_grad,
                               std::int64_t h_stride, const float* h_next, const float* c_next,
                               std::int64_t n_next, std::int64_t n, std::int64_t hidden, float* c_grad);

    // out[i] = scale with probability `keep`, else 0. Numbers by SplitMix64 from (seed, i).
    void (*dropout_mask)(std::uint64_t seed, double keep, float scale, std::int64_t n, float* out);
    // out[i] uniform in [-bound, bound). Numbers by SplitMix64 from (seed, i).
    void (*fill_uniform)(std::uint64_t seed, float bound, std::int64_t n, float* out);

    // Updates n weights and their moments in one pass. `grad` null = all zero. first, second: the optimizer's
    // moments, null where it has none. Denormal results are flushed to zero.
    void (*update)(const Update& how, std::int64_t n, const float* grad, float* weight, float* first,
                   float* second);
    // The same for rows[0..n) of a table; grad: [n, dim], null = all zero. REQUIRES: no row is named twice.
    void (*update_rows)(const Update& how, const TableRows& table, const std::int64_t* rows, std::int64_t n,
                        const float* grad);
    // What missed.steps updates with a zero gradient and no decay do to one row. What lies below float's
    // precision (adam's steps after the first 200, each 0.9005 of the one before) is left out.
    void (*catch_up)(const MissedSteps& missed, const TableRows& table, std::int64_t row);
};

// Those of the best instruction set that this machine has.
const Kernels& kernels();
// Of every instruction set that it has, the best last.
std::vector<const Kernels*> supported_kernels();

}  // namespace o2v::model::kernels
