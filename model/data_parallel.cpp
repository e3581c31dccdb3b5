#include "model/data_parallel.hpp"

#include <ATen/Parallel.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <thread>
#include <unordered_map>
#include <utility>

#include "search/study/errors.hpp"

// O2V_WITH_GLOO, O2V_WITH_NCCL: see cmake/dependencies.cmake.
#if defined(O2V_WITH_GLOO) || defined(O2V_WITH_NCCL)
#include <torch/csrc/distributed/c10d/HashStore.hpp>
#endif
#ifdef O2V_WITH_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#ifdef O2V_WITH_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace o2v::model {
namespace {

#if defined(O2V_WITH_GLOO) || defined(O2V_WITH_NCCL)

// A process group of torch.distributed. Gloo takes tensors on the CPU alone: others travel through copies.
template <typename Group>
class GroupExchange final : public Exchange {
  public:
    GroupExchange(c10::intrusive_ptr<Group> group, int ranks, bool through_cpu)
        : group_(std::move(group)), ranks_(ranks), through_cpu_(through_cpu) {}

    void all_reduce(torch::Tensor& values) override {
        std::vector<torch::Tensor> list{through_cpu_ ? values.cpu() : values};
        group_->allreduce(list)->wait();
        if (through_cpu_ && !values.is_cpu()) values.copy_(list[0]);
    }

    std::vector<torch::Tensor> all_gather(const torch::Tensor& values) override {
        std::vector<torch::Tensor> mine{through_cpu_ ? values.cpu() : values};
        std::vector<std::vector<torch::Tensor>> all(1);
        for (int rank = 0; rank < ranks_; ++rank) all[0].push_back(torch::empty_like(mine[0]));
        group_->allgather(all, mine)->wait();
        for (torch::Tensor& tensor : all[0]) tensor = tensor.to(values.device());
        return all[0];
    }

  private:
    c10::intrusive_ptr<Group> group_;
    int ranks_;
    bool through_cpu_;
};

std::unique_ptr<Exchange> join(const c10::intrusive_ptr<c10d::Store>& store, int rank, int ranks,
                               [[maybe_unused]] bool on_gpus) {
#ifdef O2V_WITH_NCCL
    if (on_gpus) {
        return std::make_unique<GroupExchange<c10d::ProcessGroupNCCL>>(
            c10::make_intrusive<c10d::ProcessGroupNCCL>(store, rank, ranks), ranks, /*through_cpu=*/false);
    }
#endif
#ifdef O2V_WITH_GLOO
    auto options = c10d::ProcessGroupGloo::Options::create(std::chrono::minutes(10));
    options->devices.push_back(c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1"));
    options->threads = 1;
    return std::make_unique<GroupExchange<c10d::ProcessGroupGloo>>(
        c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, ranks, options), ranks,
        /*through_cpu=*/true);
#else
    throw InputError("devices_per_trial", std::to_string(ranks), "this program was built without Gloo");
#endif
}

#endif

std::vector<torch::Tensor*> gradients_of(std::vector<torch::Tensor>& parameters) {
    std::vector<torch::Tensor*> gradients;
    for (torch::Tensor& parameter : parameters) {
        torch::Tensor& gradient = parameter.mutable_grad();
        if (!gradient.defined()) gradient = torch::zeros_like(parameter);
        gradients.push_back(&gradient);
    }
    return gradients;
}

void reduce_parameters(Object2Vec& model, Exchange& exchange) {
    std::vector<torch::Tensor> parameters;
    for (torch::Tensor& parameter : model.parameters()) {
        if (parameter.requires_grad()) parameters.push_back(parameter);
    }
    std::vector<torch::Tensor> flat;
    const std::vector<torch::Tensor*> gradients = gradients_of(parameters);
    for (const torch::Tensor* gradient : gradients) flat.push_back(gradient->reshape({-1}));
    torch::Tensor all = torch::cat(flat);
    exchange.all_reduce(all);
    std::int64_t begin = 0;
    for (torch::Tensor* gradient : gradients) {
        gradient->copy_(all.narrow(0, begin, gradient->numel()).view(gradient->sizes()));
        begin += gradient->numel();
    }
}

void reduce_table(TokenTable& table, Exchange& exchange) {
    const torch::Device device = table.weight.device();
    const std::int64_t dim = table.weight.size(1);
    std::vector<std::int64_t> mine;
    if (table.touched_gradient().defined()) mine = table.touched_rows();
    const auto n = static_cast<std::int64_t>(mine.size());
    std::vector<std::int64_t> counts;
    for (const torch::Tensor& count : exchange.all_gather(torch::full({1}, n, torch::kInt64).to(device))) {
        counts.push_back(count.item<std::int64_t>());
    }
    const std::int64_t most = *std::max_element(counts.begin(), counts.end());
    if (most == 0) return table.forget_touched();

    torch::Tensor rows = torch::zeros({most}, torch::kInt64);
    std::copy(mine.begin(), mine.end(), rows.data_ptr<std::int64_t>());
    torch::Tensor gradient = torch::zeros({most, dim}, torch::TensorOptions().device(device));
    if (n > 0) gradient.narrow(0, 0, n).copy_(table.touched_gradient());
    const std::vector<torch::Tensor> all_rows = exchange.all_gather(rows.to(device));
    const std::vector<torch::Tensor> all_gradients = exchange.all_gather(gradient);

    // In the order of ranks, so that all of them add up the same numbers in the same order.
    std::unordered_map<std::int64_t, std::int64_t> place;
    std::vector<std::int64_t> merged;
    std::vector<torch::Tensor> places;
    for (std::size_t rank = 0; rank < counts.size(); ++rank) {
        const torch::Tensor numbers = all_rows[rank].cpu();
        torch::Tensor at = torch::empty({counts[rank]}, torch::kInt64);
        for (std::int64_t i = 0; i < counts[rank]; ++i) {
            const std::int64_t row = numbers.data_ptr<std::int64_t>()[i];
            const auto [found, added] = place.emplace(row, static_cast<std::int64_t>(merged.size()));
            if (added) merged.push_back(row);
            at.data_ptr<std::int64_t>()[i] = found->second;
        }
        places.push_back(at);
    }
    torch::Tensor sum = torch::zeros({static_cast<std::int64_t>(merged.size()), dim}, gradient.options());
    for (std::size_t rank = 0; rank < counts.size(); ++rank) {
        sum.index_add_(0, places[rank].to(device), all_gradients[rank].narrow(0, 0, counts[rank]));
    }
    table.replace_touched(std::move(merged), sum);
}

std::vector<int> own_cores() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> cores;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
    for (int core = 0; core < CPU_SETSIZE; ++core) {
        if (CPU_ISSET(static_cast<std::size_t>(core), &set)) cores.push_back(core);
    }
    return cores;
}

void confine(const std::vector<int>& cores) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int core : cores) CPU_SET(static_cast<std::size_t>(core), &set);
    sched_setaffinity(0, sizeof set, &set);  // a wish: without it the ranks share their cores
}

}  // namespace

std::vector<std::unique_ptr<Exchange>> make_exchanges(const std::vector<torch::Device>& devices) {
    const auto ranks = static_cast<int>(devices.size());
#if defined(O2V_WITH_GLOO) || defined(O2V_WITH_NCCL)
    const bool on_gpus =
        std::all_of(devices.begin(), devices.end(), [](const auto& device) { return device.is_cuda(); });
    const auto store = c10::make_intrusive<c10d::HashStore>();
    std::vector<std::unique_ptr<Exchange>> exchanges(devices.size());
    run_ranks(ranks, [&](int rank) {
        exchanges[static_cast<std::size_t>(rank)] = join(store, rank, ranks, on_gpus);
    });
    return exchanges;
#else
    throw InputError("devices_per_trial", std::to_string(ranks),
                     "this program was built without torch.distributed: allowed is 1");
#endif
}

void exchange_gradients(Object2Vec& model, Exchange& exchange) {
    const torch::NoGradGuard no_grad;
    reduce_parameters(model, exchange);
    for (const auto& [name, table] : model.tables()) {
        if (!table->frozen) reduce_table(*table, exchange);
    }
}

void share_of(const data::Batch& batch, int rank, int ranks, data::Batch& share) {
    data::clear(share);
    const std::int64_t begin = batch.size() * rank / ranks, end = batch.size() * (rank + 1) / ranks;
    for (std::int64_t row = begin; row < end; ++row) {
        for (int side = 0; side < 2; ++side) share.side[side].append(batch.side[side][row]);
        share.labels.push_back(batch.labels[static_cast<std::size_t>(row)]);
    }
}

void run_ranks(int ranks, const std::function<void(int)>& run) {
    const std::vector<int> cores = own_cores();
    const int threads = at::get_num_threads();
    std::vector<std::exception_ptr> failures(static_cast<std::size_t>(ranks));
    const auto guarded = [&](int rank) {
        const auto part = [&](int r) {
            return cores.begin() + static_cast<std::ptrdiff_t>(cores.size()) * r / ranks;
        };
        if (cores.size() >= static_cast<std::size_t>(ranks)) confine({part(rank), part(rank + 1)});
        at::set_num_threads(std::max(threads / ranks, 1));
        try {
            run(rank);
        } catch (...) {
            failures[static_cast<std::size_t>(rank)] = std::current_exception();
        }
    };
    std::vector<std::thread> others;
    for (int rank = 1; rank < ranks; ++rank) others.emplace_back(guarded, rank);
    guarded(0);
    for (std::thread& other : others) other.join();
    if (!cores.empty()) confine(cores);
    at::set_num_threads(threads);
    for (const std::exception_ptr& failure : failures) {
        if (failure) std::rethrow_exception(failure);
    }
}

}  // namespace o2v::model
