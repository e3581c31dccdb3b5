#include "model/inference.hpp"

#include <algorithm>
#include <numeric>
#include <type_traits>
#include <vector>

namespace o2v::model {
namespace {

constexpr std::size_t kMostRows = 1024;
constexpr std::int64_t kMostTokens = std::int64_t{1} << 15;  // of a batch, padded

// Rows by ascending length (equal ones in order), cut into batches within the limits above.
std::vector<std::vector<std::int64_t>> batches_by_length(const std::vector<std::int64_t>& lengths) {
    std::vector<std::int64_t> order(lengths.size());
    std::iota(order.begin(), order.end(), std::int64_t{0});
    const auto length = [&](std::int64_t row) { return lengths[static_cast<std::size_t>(row)]; };
    std::stable_sort(order.begin(), order.end(),
                     [&](std::int64_t a, std::int64_t b) { return length(a) < length(b); });
    std::vector<std::vector<std::int64_t>> batches;
    for (const std::int64_t row : order) {
        const bool full = batches.empty() || batches.back().size() == kMostRows ||
                          static_cast<std::int64_t>(batches.back().size() + 1) * length(row) > kMostTokens;
        if (full) batches.emplace_back();
        batches.back().push_back(row);
    }
    return batches;
}

// `Rows` is data::Sequences or data::SequenceView; null `b` = one side only.
template <class Rows>
std::vector<std::int64_t> lengths_of(const Rows& a, const std::type_identity_t<Rows>* b) {
    std::vector<std::int64_t> lengths;
    for (std::int64_t i = 0; i < a.size(); ++i) {
        const std::size_t other = b == nullptr ? 0 : (*b)[i].size();
        lengths.push_back(static_cast<std::int64_t>(std::max(a[i].size(), other)));
    }
    return lengths;
}

// `forward` gives a batch's results, [B, columns]; they are put in the rows' places. A row alone is computed
// twice: products of one row add up in another order than those of several, which agree bit for bit (oneDNN,
// inner dimensions up to a few thousand), so that an answer hardly ever depends on what was asked beside it.
torch::Tensor collect(const std::vector<std::vector<std::int64_t>>& batches, std::int64_t rows,
                      std::int64_t columns,
                      const std::function<torch::Tensor(const std::vector<std::int64_t>&)>& forward) {
    const torch::NoGradGuard no_grad;
    torch::Tensor results = torch::zeros({rows, columns});
    for (auto batch : batches) {
        const torch::Tensor at = torch::tensor(batch, torch::kInt64);
        if (batch.size() == 1) batch.push_back(batch.front());
        results.index_copy_(0, at, forward(batch).narrow(0, 0, at.size(0)).to(torch::kCPU));
    }
    return results;
}

}  // namespace

data::Limits limits_of(const Options& options) {
    data::Limits limits;
    for (int side = 0; side < 2; ++side) {
        limits.vocab_size[side] = options.enc[side].vocab_size;
        limits.max_seq_len[side] = options.enc[side].max_seq_len;
    }
    if (options.output_layer == OutputLayer::softmax) limits.num_classes = options.num_classes;
    return limits;
}

torch::Tensor outputs_of(Object2Vec& model, const data::Sequences& in0, const data::Sequences& in1,
                         const std::optional<MaxLengths>& max_lengths) {
    model.eval();
    const auto batches = batches_by_length(lengths_of(in0, &in1));
    return collect(batches, in0.size(), model.options().outputs(),
                   [&](const std::vector<std::int64_t>& rows) {
                       data::Batch batch;
                       for (const std::int64_t row : rows) {
                           batch.side[0].append(in0[row]);
                           batch.side[1].append(in1[row]);
                       }
                       return model.forward(batch, max_lengths);
                   });
}

torch::Tensor embeddings_of(Object2Vec& model, int side, const data::Sequences& sequences,
                            const std::optional<MaxLengths>& max_lengths) {
    model.eval();
    const auto batches = batches_by_length(lengths_of(sequences, nullptr));
    return collect(batches, sequences.size(), model.options().enc_dim,
                   [&](const std::vector<std::int64_t>& rows) {
                       data::Sequences some;
                       for (const std::int64_t row : rows) some.append(sequences[row]);
                       return model.embed(side, some, max_lengths);
                   });
}

torch::Tensor outputs_of_embeddings(Object2Vec& model, const torch::Tensor& u, const torch::Tensor& v) {
    constexpr auto kRows = static_cast<std::int64_t>(kMostRows);
    model.eval();
    const torch::NoGradGuard no_grad;
    const torch::Device device = model.device();
    torch::Tensor outputs = torch::empty({v.size(0), model.options().outputs()});
    for (std::int64_t begin = 0; begin < v.size(0); begin += kRows) {
        const std::int64_t rows = std::min(kRows, v.size(0) - begin);
        torch::Tensor some = v.narrow(0, begin, rows).to(device);
        torch::Tensor others =
            u.size(0) == 1 ? u.to(device).expand_as(some).contiguous() : u.narrow(0, begin, rows).to(device);
        if (rows == 1) {  // as in collect()
            some = some.repeat({2, 1});
            others = others.repeat({2, 1});
        }
        outputs.narrow(0, begin, rows).copy_(model.outputs_of_embeddings(others, some).narrow(0, 0, rows));
    }
    return outputs;
}

Metrics evaluate(Object2Vec& model, const data::Dataset& dataset, const std::string& prefix,
                 const std::function<bool()>& stop, torch::Tensor* outputs) {
    model.eval();
    const torch::NoGradGuard no_grad;
    const torch::Device device = model.device();
    MetricSums sums(model.options().output_layer, device);
    if (outputs) *outputs = torch::zeros({dataset.size(), model.options().outputs()});
    data::Batch batch;
    for (const auto& rows : batches_by_length(lengths_of(dataset.side[0], &dataset.side[1]))) {
        if (stop && stop()) return {};
        data::clear(batch);
        for (const std::int64_t row : rows) {
            data::append_pair(batch, dataset, row, row, dataset.labels[static_cast<std::size_t>(row)]);
        }
        const torch::Tensor some = model.forward(batch);
        sums.add(some, torch::tensor(batch.labels).to(device));
        if (outputs) outputs->index_copy_(0, torch::tensor(rows, torch::kInt64), some.to(torch::kCPU));
    }
    return sums.means(prefix);
}

}  // namespace o2v::model
