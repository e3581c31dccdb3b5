#include "model/table_optimizer.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <utility>

#include "model/memory.hpp"

namespace o2v::model {
namespace {

constexpr std::int64_t kUntouched = -1;
constexpr std::int64_t kGrain = 64;  // rows a thread takes at least

}  // namespace

TableOptimizer::TableOptimizer(std::shared_ptr<TokenTable> table, Optimizer optimizer, int moments,
                               bool row_sparse, bool decays)
    : table_(std::move(table)),
      optimizer_(optimizer),
      moments_(moments),
      row_sparse_(row_sparse),
      decays_(decays) {
    const torch::NoGradGuard no_grad;
    torch::Tensor& weight = table_->weight;
    if (weight.is_cuda()) {
        if (moments > 0) first_ = torch::zeros_like(weight);
        if (moments > 1) second_ = torch::zeros_like(weight);
        if (!row_sparse) full_gradient_ = torch::zeros_like(weight);
        return;
    }
    const std::int64_t dim = weight.size(1);
    const torch::Tensor memory = zeros_in_huge_pages(weight.size(0), dim * (1 + moments));
    memory.narrow(1, 0, dim).copy_(weight);
    weight.set_data(memory.narrow(1, 0, dim));
    if (moments > 0) first_ = memory.narrow(1, dim, dim);
    if (moments > 1) second_ = memory.narrow(1, 2 * dim, dim);
    if (puts_off()) {
        up_to_.assign(static_cast<std::size_t>(weight.size(0)), kUntouched);
        table_->before_read = [this](const std::vector<std::int64_t>& touched) { catch_up(touched); };
    } else if (!row_sparse) {
        gradient_row_.assign(static_cast<std::size_t>(weight.size(0)), -1);
    }
}

TableOptimizer::~TableOptimizer() {
    table_->before_read = nullptr;
}

kernels::TableRows TableOptimizer::rows() const {
    const torch::Tensor& weight = table_->weight;
    return {weight.data_ptr<float>(), weight.stride(0), weight.size(1), moments_};
}

void TableOptimizer::catch_up(const std::vector<std::int64_t>& touched) {
    const kernels::TableRows table = rows();
    const auto now = static_cast<std::int64_t>(learning_rates_.size());
    at::parallel_for(0, static_cast<std::int64_t>(touched.size()), kGrain,
                     [&](std::int64_t begin, std::int64_t end) {
                         for (std::int64_t i = begin; i < end; ++i) {
                             const std::int64_t row = touched[static_cast<std::size_t>(i)];
                             std::int64_t& done = up_to_[static_cast<std::size_t>(row)];
                             if (done != kUntouched && done < now) {
                                 kernels::kernels().catch_up(
                                     {optimizer_, learning_rates_.data() + done, now - done}, table, row);
                             }
                             done = now;
                         }
                     });
}

void TableOptimizer::settle() {
    if (!puts_off()) return;
    std::vector<std::int64_t> behind;
    const auto now = static_cast<std::int64_t>(learning_rates_.size());
    for (std::size_t row = 0; row < up_to_.size(); ++row) {
        if (up_to_[row] != kUntouched && up_to_[row] < now) behind.push_back(static_cast<std::int64_t>(row));
    }
    catch_up(behind);
    learning_rates_.clear();
    for (std::int64_t& done : up_to_) done = done == kUntouched ? kUntouched : 0;
}

void TableOptimizer::moments_changed() {
    if (!puts_off()) return;
    const auto touched = [](const torch::Tensor& moment) {
        return moment.defined() ? moment.ne(0).any(1) : torch::Tensor();
    };
    torch::Tensor any = touched(first_);
    if (second_.defined()) any = any | touched(second_);
    if (!any.defined()) return;
    const auto* const flags = any.data_ptr<bool>();
    for (std::size_t row = 0; row < up_to_.size(); ++row) up_to_[row] = flags[row] ? 0 : kUntouched;
}

void TableOptimizer::step(const kernels::Update& how) {
    const torch::Tensor gradient = table_->touched_gradient();
    if (!row_sparse_ && !puts_off()) {
        step_every_row(how, gradient);
    } else if (gradient.defined()) {
        const std::vector<std::int64_t>& touched = table_->touched_rows();
        if (puts_off()) catch_up(touched);  // rows that another rank read
        const torch::Tensor dense = gradient.contiguous();
        const kernels::TableRows table = rows();
        const auto n = static_cast<std::int64_t>(touched.size());
        at::parallel_for(0, n, kGrain, [&](std::int64_t begin, std::int64_t end) {
            kernels::kernels().update_rows(how, table, touched.data() + begin, end - begin,
                                           dense.data_ptr<float>() + begin * table.dim);
        });
    }
    if (puts_off()) {
        learning_rates_.push_back(how.learning_rate);
        if (gradient.defined()) {
            const auto now = static_cast<std::int64_t>(learning_rates_.size());
            for (const std::int64_t row : table_->touched_rows()) up_to_[static_cast<std::size_t>(row)] = now;
        }
    }
    table_->forget_touched();
}

void TableOptimizer::step_every_row(const kernels::Update& how, const torch::Tensor& gradient) {
    const std::vector<std::int64_t>& touched = table_->touched_rows();
    const torch::Tensor dense = gradient.defined() ? gradient.contiguous() : gradient;
    if (dense.defined()) {
        for (std::size_t i = 0; i < touched.size(); ++i) {
            gradient_row_[static_cast<std::size_t>(touched[i])] = static_cast<std::int32_t>(i);
        }
    }
    const kernels::TableRows table = rows();
    at::parallel_for(0, table_->weight.size(0), kGrain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) {
            const std::int32_t at = gradient_row_[static_cast<std::size_t>(row)];
            kernels::kernels().update_rows(how, table, &row, 1,
                                           at < 0 ? nullptr : dense.data_ptr<float>() + at * table.dim);
        }
    });
    for (const std::int64_t row : touched) gradient_row_[static_cast<std::size_t>(row)] = -1;
}

void TableOptimizer::add_to(TensorUpdates& updates) {
    const torch::Tensor gradient = table_->touched_gradient(), weight = table_->weight.detach();
    if (!row_sparse_) {
        if (gradient.defined()) full_gradient_.index_copy_(0, table_->touched_on_device(), gradient);
        return updates.add(full_gradient_, weight, first_, second_);
    }
    if (!gradient.defined()) return;
    const torch::Tensor& at = table_->touched_on_device();
    const auto part = [&](const torch::Tensor& whole) {
        return whole.defined() ? whole.index_select(0, at) : torch::Tensor();
    };
    gathered_ = {part(weight), part(first_), part(second_)};
    updates.add(gradient, gathered_.weight, gathered_.first, gathered_.second);
}

void TableOptimizer::updated() {
    if (table_->touched_gradient().defined()) {
        const torch::Tensor& at = table_->touched_on_device();
        if (row_sparse_) {
            table_->weight.detach().index_copy_(0, at, gathered_.weight);
            if (first_.defined()) first_.index_copy_(0, at, gathered_.first);
            if (second_.defined()) second_.index_copy_(0, at, gathered_.second);
            gathered_ = {};
        } else {
            full_gradient_.index_fill_(0, at, 0);
        }
    }
    table_->forget_touched();
}

}  // namespace o2v::model
