#include "worker/torch_doctor.hpp"

#include <ATen/Context.h>
#include <torch/torch.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <limits>

namespace o2v::worker {
namespace {

struct Shape {
    std::int64_t m, n, k;
};
// Single numbers, vectors, odd sizes on either side of what kernels unroll by, and some that fit.
constexpr Shape kShapes[] = {{1, 1, 1},      {1, 129, 300},   {127, 1, 65},    {3, 5, 7},
                             {16, 16, 16},   {17, 33, 65},    {64, 64, 64},    {65, 127, 1},
                             {128, 26, 400}, {129, 127, 255}, {256, 256, 256}, {63, 1000, 31}};
constexpr std::int64_t kSide = 512;  // of the product that is timed
constexpr double kTiming = 0.4;      // seconds of it, at most so many repetitions:
constexpr int kRepetitions = 40;
constexpr double kUnitRoundoff = std::numeric_limits<float>::epsilon() / 2.0;

torch::Tensor factor(std::int64_t rows, std::int64_t columns, bool transposed) {
    return transposed ? torch::randn({columns, rows}).t() : torch::randn({rows, columns});
}

// |a b - exact| <= k u |a||b| elementwise for any order of a sum of k products (Higham, Accuracy and
// Stability of Numerical Algorithms, 3.5, to first order). The sums in double are loops of our own: no BLAS
// judges itself.
double largest_error(const torch::Tensor& a, const torch::Tensor& b) {
    const torch::Tensor product = torch::matmul(a, b).contiguous();
    const auto left = a.accessor<float, 2>(), right = b.accessor<float, 2>();
    const auto found = product.accessor<float, 2>();
    const std::int64_t inner = a.size(1);
    double worst = 0;
    for (std::int64_t i = 0; i < a.size(0); ++i)
        for (std::int64_t j = 0; j < b.size(1); ++j) {
            double exact = 0, size = 0;
            for (std::int64_t p = 0; p < inner; ++p) {
                const double term = static_cast<double>(left[i][p]) * static_cast<double>(right[p][j]);
                exact += term;
                size += std::abs(term);
            }
            const double difference = std::abs(static_cast<double>(found[i][j]) - exact);
            const double allowed = (static_cast<double>(inner) + 1) * kUnitRoundoff * size;
            if (!std::isfinite(difference)) return std::numeric_limits<double>::infinity();
            if (difference > 0)
                worst = std::max(
                    worst, allowed > 0 ? difference / allowed : std::numeric_limits<double>::infinity());
        }
    return worst;
}

std::vector<ProductCheck> check_products() {
    std::vector<ProductCheck> checks;
    for (const Shape& shape : kShapes)
        for (const bool left : {false, true})
            for (const bool right : {false, true})
                checks.push_back(
                    {std::to_string(shape.m) + 'x' + std::to_string(shape.n) + 'x' + std::to_string(shape.k),
                     std::string(left ? "t" : "n") + (right ? "t" : "n"),
                     largest_error(factor(shape.m, shape.k, left), factor(shape.k, shape.n, right))});
    return checks;
}

double cpu_seconds() {
    timespec time{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

// Of the fastest repetition, by the CPUs' time: other programs beside this one do not count.
double measure_gflops(int threads) {
    const torch::Tensor a = torch::randn({kSide, kSide}), b = torch::randn({kSide, kSide});
    torch::Tensor into = torch::empty({kSide, kSide});
    torch::mm_out(into, a, b);
    double best = std::numeric_limits<double>::infinity(), total = 0;
    for (int i = 0; i < kRepetitions && total < kTiming; ++i) {
        const double start = cpu_seconds();
        torch::mm_out(into, a, b);
        const double taken = std::max(cpu_seconds() - start, 1e-9);
        best = std::min(best, taken);
        total += taken;
    }
    return 2e-9 * kSide * kSide * kSide / best * threads;
}

}  // namespace

TorchHealth examine_torch(int threads) {
    TorchHealth health;
    health.environment = torch_environment(threads);
    const torch::NoGradGuard no_grad;
    torch::manual_seed(1);
    health.built_with_cuda = at::globalContext().hasCUDART();
    try {
        if (torch::cuda::is_available()) health.gpus = static_cast<int>(torch::cuda::device_count());
    } catch (const c10::Error& e) {
        health.gpu_error = e.what_without_backtrace();
    }
    health.products = check_products();
    health.gflops = measure_gflops(health.environment.threads);
    return health;
}

}  // namespace o2v::worker
