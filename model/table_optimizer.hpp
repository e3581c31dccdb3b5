// One token table under an optimizer.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/hyperparameters/hyperparameters.hpp"
#include "model/kernels/kernels.hpp"
#include "model/tensor_updates.hpp"
#include "model/token_table.hpp"

namespace o2v::model {

// On a CPU the table's weight moves into a memory of its own in which each row's moments lie behind it.
//
// `row_sparse` (MXNet's lazy update) changes the touched rows alone: weights, moments and decay. `dense`
// updates every row at every step, those that the batch did not touch with a zero gradient. Without weight
// decay such an update needs nothing but the row itself, and on a CPU it is put off until somebody reads the
// row: the result is the same to float's precision, for the cost of a row_sparse step and some arithmetic.
class TableOptimizer {
  public:
    // Takes the place of the table's weight and of its before_read. REQUIRES: is the table's only optimizer
    // and outlives its use in training.
    TableOptimizer(std::shared_ptr<TokenTable> table, Optimizer optimizer, int moments, bool row_sparse,
                   bool decays);
    ~TableOptimizer();
    TableOptimizer(const TableOptimizer&) = delete;
    TableOptimizer& operator=(const TableOptimizer&) = delete;

    // Applies the gradient that backward() left at the touched rows, and drops it. REQUIRES: on a CPU.
    void step(const kernels::Update& how);
    // The same on a GPU, together with other tensors: what is to be updated; then, when that is done.
    void add_to(TensorUpdates& updates);
    void updated();
    // Brings all rows up to date: what is put off is done.
    void settle();

    // [V, E] each, sharing memory; undefined where the optimizer has none. REQUIRES: settled.
    const torch::Tensor& first() const { return first_; }
    const torch::Tensor& second() const { return second_; }
    // The moments were overwritten. REQUIRES: settled.
    void moments_changed();

  private:
    bool puts_off() const { return !row_sparse_ && !decays_ && !table_->weight.is_cuda(); }
    kernels::TableRows rows() const;
    void catch_up(const std::vector<std::int64_t>& rows);
    void step_every_row(const kernels::Update& how, const torch::Tensor& gradient);

    std::shared_ptr<TokenTable> table_;
    Optimizer optimizer_;
    int moments_;
    bool row_sparse_, decays_;
    torch::Tensor first_, second_;

    // On a GPU.
    torch::Tensor full_gradient_;  // of a dense table: zero between steps
    struct Rows {                  // of a row_sparse one, between add_to() and updated()
        torch::Tensor weight, first, second;
    } gathered_;

    // Of a table whose updates are put off. Steps are counted from the last settle().
    std::vector<float> learning_rates_;  // of the steps so far
    std::vector<std::int64_t> up_to_;  // [V] how many of them a row has had; kUntouched: its moments are zero
    std::vector<std::int32_t> gradient_row_;  // [V] of a table whose every row is stepped; -1 between steps
};

}  // namespace o2v::model
