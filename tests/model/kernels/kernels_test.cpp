// Every instruction set's loops against the same formulas in double. Numbers are drawn with fixed seeds;
// tolerances are some float roundings of the largest magnitude involved.
#include "model/kernels/kernels.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "search/study/assignment.hpp"

namespace o2v::model::kernels {
namespace {

using Floats = std::vector<float>;

Floats random_floats(std::uint64_t seed, std::size_t n, double low = -1, double high = 1) {
    Rng rng(seed);
    Floats values(n);
    for (float& value : values) value = static_cast<float>(low + (high - low) * uniform01(rng));
    return values;
}

class KernelsTest : public testing::TestWithParam<const Kernels*> {
  protected:
    const Kernels& k_ = *GetParam();
};

TEST_P(KernelsTest, PoolsTheMeanOfWhatIsNoPadding) {
    constexpr std::int64_t kDim = 37, kStride = 50;
    const Floats table = random_floats(1, 6 * kStride);
    const std::vector<std::int32_t> ids{3, 0, 5, 0, 0, 1, 1};
    const std::vector<std::int64_t> offsets{0, 3, 3, 5, 7};  // {3, 5}, none, padding alone, {1, 1}
    Floats out(4 * kDim, 9.0f);
    k_.pool_mean(table.data(), kStride, kDim, ids.data(), offsets.data(), 4, out.data());
    for (std::int64_t i = 0; i < kDim; ++i) {
        const auto at = [&](std::int64_t row) { return table[static_cast<std::size_t>(row * kStride + i)]; };
        const auto got = [&](std::int64_t row) { return out[static_cast<std::size_t>(row * kDim + i)]; };
        EXPECT_NEAR(got(0), (at(3) + at(5)) / 2, 1e-6);
        EXPECT_EQ(got(1), 0);
        EXPECT_EQ(got(2), 0);
        EXPECT_NEAR(got(3), at(1), 1e-6);
    }

    const Floats out_grad = random_floats(2, 4 * kDim);
    const std::vector<std::int32_t> slots{2, 0, 1, 0, 0, 3, 3};
    Floats grad(4 * kDim, 0.0f);
    k_.pool_mean_backward(out_grad.data(), kDim, slots.data(), offsets.data(), 4, grad.data());
    for (std::size_t i = 0; i < kDim; ++i) {
        EXPECT_EQ(grad[i], 0);
        EXPECT_NEAR(grad[kDim + i], out_grad[i] / 2, 1e-6);
        EXPECT_NEAR(grad[2 * kDim + i], out_grad[i] / 2, 1e-6);
        EXPECT_NEAR(grad[3 * kDim + i], out_grad[3 * kDim + i], 1e-6);
    }
}

TEST_P(KernelsTest, ActivatesWithinFloatPrecision) {
    Floats x;
    for (int i = -4000; i <= 4000; ++i) x.push_back(static_cast<float>(i) * 0.005f);
    for (const float extreme : {-1e30f, -100.0f, 100.0f, 1e30f}) x.push_back(extreme);
    const auto n = static_cast<std::int64_t>(x.size());
    const Floats zero(x.size(), 0.0f);
    Floats y = x;
    k_.bias_activate(Activation::tanh, y.data(), zero.data(), 1, n);
    for (std::size_t i = 0; i < x.size(); ++i)
        EXPECT_NEAR(y[i], std::tanh(x[i]), 3e-7 * std::min(1.0f, 1e-3f + std::fabs(x[i]) * 2)) << x[i];
    y = x;
    k_.bias_activate(Activation::relu, y.data(), zero.data(), 1, n);
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_EQ(y[i], std::fmax(x[i], 0.0f));
}

TEST_P(KernelsTest, KeepsNotANumber) {
    const Floats zero(40, 0.0f);
    for (const Activation activation : {Activation::tanh, Activation::relu, Activation::linear}) {
        Floats x(40, std::nanf(""));
        k_.bias_activate(activation, x.data(), zero.data(), 1, 40);
        for (const float value : x) EXPECT_TRUE(std::isnan(value)) << static_cast<int>(activation);
    }
    Floats x(40, std::nanf("")), maxima(40);
    std::vector<std::int32_t> at(40);
    k_.relu_max(x.data(), zero.data(), 1, 40, maxima.data(), at.data());
    for (const float value : maxima) EXPECT_TRUE(std::isnan(value));
}

TEST_P(KernelsTest, StepsAnLstm) {
    constexpr std::int64_t kHidden = 21;
    constexpr std::size_t kUnits = kHidden;
    const Floats input = random_floats(3, 4 * kUnits, -4, 4), before = random_floats(4, kUnits, -2, 2);
    const Floats h_grad = random_floats(5, kUnits), h_next = random_floats(6, kUnits),
                 c_next = random_floats(7, kUnits);
    Floats gates = input, c(kUnits), h(kUnits), c_grad(kUnits);
    k_.lstm_cell(gates.data(), before.data(), 1, kHidden, c.data(), h.data(), kHidden);
    const Floats activations = gates;
    k_.lstm_cell_backward(gates.data(), before.data(), c.data(), h_grad.data(), kHidden, h_next.data(),
                          c_next.data(), 1, 1, kHidden, c_grad.data());
    const auto sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
    for (std::size_t i = 0; i < kUnits; ++i) {
        // The outputs weighted by their gradients, as a function of the four pre-activations and of c_before.
        const auto value = [&](const std::vector<double>& p) {
            const double cell = sigmoid(p[1]) * p[4] + sigmoid(p[0]) * std::tanh(p[2]);
            return sigmoid(p[3]) * std::tanh(cell) * (h_grad[i] + static_cast<double>(h_next[i])) +
                   cell * c_next[i];
        };
        const std::vector<double> at{input[i], input[kUnits + i], input[2 * kUnits + i],
                                     input[3 * kUnits + i], before[i]};
        const double cell = sigmoid(at[1]) * at[4] + sigmoid(at[0]) * std::tanh(at[2]);
        EXPECT_NEAR(c[i], cell, 2e-6);
        EXPECT_NEAR(h[i], sigmoid(at[3]) * std::tanh(cell), 1e-6);
        for (std::size_t gate = 0; gate < 5; ++gate) {
            constexpr double kStep = 1e-5;
            auto more = at, less = at;
            more[gate] += kStep;
            less[gate] -= kStep;
            const double slope = (value(more) - value(less)) / (2 * kStep);
            EXPECT_NEAR(gate < 4 ? gates[gate * kUnits + i] : c_grad[i], slope, 3e-6) << gate;
        }
    }
}

TEST_P(KernelsTest, AddsUpTheTapsOfAConvolution) {
    constexpr std::int64_t kWidth = 3, kFilters = 19, kPositions = 6, kBefore = 1;
    const Floats products = random_floats(8, 4 * kWidth * kFilters);
    const std::vector<std::int32_t> slots{2, 0, 3, 2};
    Floats out(kPositions * kFilters, 9.0f), expected(out.size(), 0.0f);
    Floats products_grad(products.size(), 0.0f), expected_grad = products_grad;
    const Floats out_grad = random_floats(9, out.size());
    for (std::int64_t p = 0; p < kPositions; ++p) {
        for (std::int64_t j = 0; j < kWidth; ++j) {
            const std::int64_t token = p - kBefore + j;
            if (token < 0 || token >= 4 || slots[static_cast<std::size_t>(token)] == 0) continue;
            for (std::int64_t f = 0; f < kFilters; ++f) {
                const auto from = static_cast<std::size_t>(
                    (slots[static_cast<std::size_t>(token)] * kWidth + j) * kFilters + f);
                const auto to = static_cast<std::size_t>(p * kFilters + f);
                expected[to] += products[from];
                expected_grad[from] += out_grad[to];
            }
        }
    }
    k_.sum_taps(products.data(), slots.data(), 4, kWidth, kBefore, kFilters, kPositions, out.data());
    k_.sum_taps_backward(out_grad.data(), slots.data(), 4, kWidth, kBefore, kFilters, kPositions,
                         products_grad.data());
    for (std::size_t i = 0; i < out.size(); ++i) EXPECT_NEAR(out[i], expected[i], 1e-6);
    for (std::size_t i = 0; i < products.size(); ++i) EXPECT_NEAR(products_grad[i], expected_grad[i], 1e-6);
}

TEST_P(KernelsTest, DropsTheAskedShare) {
    constexpr std::int64_t kCount = 100000;
    Floats mask(kCount);
    k_.dropout_mask(7, 0.3, 2.5f, kCount, mask.data());
    std::int64_t kept = 0;
    for (const float value : mask) {
        EXPECT_TRUE(value == 0 || value == 2.5f);
        kept += value != 0 ? 1 : 0;
    }
    EXPECT_NEAR(static_cast<double>(kept) / kCount, 0.3, 0.0073);  // five standard deviations
    Floats all(1000);
    k_.dropout_mask(7, 1.0, 1.0f, 1000, all.data());
    for (const float value : all) EXPECT_EQ(value, 1.0f);
    supported_kernels().front()->dropout_mask(7, 0.3, 2.5f, 1000, all.data());
    EXPECT_TRUE(std::equal(all.begin(), all.end(), mask.begin())) << "every instruction set draws the same";
}

// A row that misses steps and catches up ends where one ends that was updated with zero gradients.
TEST_P(KernelsTest, CatchesUpOnMissedSteps) {
    constexpr std::int64_t kDim = 71;
    for (const Optimizer optimizer :
         {Optimizer::adam, Optimizer::adagrad, Optimizer::rmsprop, Optimizer::adadelta, Optimizer::sgd}) {
        const int moments = optimizer == Optimizer::sgd                                        ? 0
                            : optimizer == Optimizer::adam || optimizer == Optimizer::adadelta ? 2
                                                                                               : 1;
        for (const std::int64_t steps : {1, 7, 150, 1000}) {
            Floats row = random_floats(10, kDim);
            for (int m = 0; m < moments; ++m) {
                // Adam's first moment has a sign, all others are sums of squares.
                const bool is_signed = optimizer == Optimizer::adam && m == 0;
                const Floats moment =
                    random_floats(11 + static_cast<std::uint64_t>(m), kDim, is_signed ? -1e-2 : 1e-6, 1e-2);
                row.insert(row.end(), moment.begin(), moment.end());
            }
            Floats rates;
            for (std::int64_t t = 0; t < steps; ++t) rates.push_back(0.01f / static_cast<float>(1 + t % 5));
            Floats expected = row;
            const TableRows table{expected.data(), static_cast<std::int64_t>(row.size()), kDim, moments};
            const std::int64_t zero = 0;
            for (const float rate : rates) k_.update_rows({optimizer, rate, 0}, table, &zero, 1, nullptr);
            const TableRows late{row.data(), table.stride, kDim, moments};
            k_.catch_up({optimizer, rates.data(), steps}, late, 0);
            for (std::size_t i = 0; i < row.size(); ++i) {
                EXPECT_NEAR(row[i], expected[i], 2e-5 * std::fabs(expected[i]) + 1e-9)
                    << i << " after " << steps;
            }
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Every, KernelsTest, testing::ValuesIn(supported_kernels()),
                         [](const auto& set) { return std::string(set.param->instruction_set); });

}  // namespace
}  // namespace o2v::model::kernels
