// One training on several devices of a machine: every rank holds a copy of the model, takes its share of each
// batch, and before the optimizer's step all ranks exchange their gradients, so that the copies stay the
// same.
#pragma once

#include <torch/torch.h>

#include <functional>
#include <memory>
#include <vector>

#include "model/data/batches.hpp"
#include "model/object2vec.hpp"

namespace o2v::model {

// One rank's end of the exchange. All ranks must make the same calls in the same order.
class Exchange {
  public:
    virtual ~Exchange() = default;
    // The sum over ranks in place, the same bits on all of them.
    virtual void all_reduce(torch::Tensor& values) = 0;
    // Every rank's tensor, by rank. REQUIRES: the same shape on all ranks.
    virtual std::vector<torch::Tensor> all_gather(const torch::Tensor& values) = 0;
};

// The ends of all ranks, which are threads of this process: torch.distributed's NCCL where all devices are
// GPUs and this program was built with it, else its Gloo. Throws InputError when it was built with neither.
std::vector<std::unique_ptr<Exchange>> make_exchanges(const std::vector<torch::Device>& devices);

// Between backward() and the optimizer's step: every parameter's gradient, and every table's touched rows and
// their gradient, become the sum over all ranks. Rows travel as rows: a table costs what the batch touches.
void exchange_gradients(Object2Vec& model, Exchange& exchange);

// Rank's share of a batch, whose rows are dealt out in order and as evenly as can be; may be empty.
void share_of(const data::Batch& batch, int rank, int ranks, data::Batch& share);

// Calls run(rank) on `ranks` threads, rank 0 on this one, each on its own part of this process's cores and
// with threads / ranks of LibTorch's threads (at least 1); waits for all and throws the first exception.
void run_ranks(int ranks, const std::function<void(int)>& run);

}  // namespace o2v::model
