// Object2Vec's forward pass once more, in plain double loops, written from the specification and not from the
// room's code: what the network and, by finite differences, its gradients are checked against.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "model/data/batches.hpp"
#include "model/object2vec.hpp"

namespace o2v::model {

struct ReferenceNetwork {
    Options options;
    std::map<std::string, std::vector<double>> parameters;  // row-major, by the model's names

    explicit ReferenceNetwork(const Object2Vec& model);

    using Vector = std::vector<double>;
    // What the output layer gives for one pair. Without dropout.
    Vector outputs(std::span<const std::int32_t> in0, std::span<const std::int32_t> in1) const;
    Vector encoding(int side, std::span<const std::int32_t> tokens) const;
    // Mean cross-entropy, or half the mean squared error.
    double loss(const data::Batch& batch) const;

  private:
    std::string table(int side) const;
    std::vector<Vector> embedded(int side, std::span<const std::int32_t> tokens) const;
    Vector pooled(int side, std::span<const std::int32_t> tokens) const;
    Vector hcnn(int side, std::span<const std::int32_t> tokens) const;
    Vector bilstm(int side, std::span<const std::int32_t> tokens) const;
    Vector linear(const std::string& name, const Vector& x) const;
};

}  // namespace o2v::model
