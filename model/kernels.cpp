#include "model/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#ifdef __SSE__
#include <xmmintrin.h>
#endif

namespace o2v::model::kernels {
namespace {

std::int64_t count_tokens(const std::int32_t* tokens, std::int64_t begin, std::int64_t end) {
    return std::count_if(tokens + begin, tokens + end, [](std::int32_t token) { return token != 0; });
}

void add(const float* __restrict from, std::int64_t n, float* __restrict to) {
    for (std::int64_t i = 0; i < n; ++i) to[i] += from[i];
}

void add_scaled(const float* __restrict from, float scale, std::int64_t n, float* __restrict to) {
    for (std::int64_t i = 0; i < n; ++i) to[i] += scale * from[i];
}

// SplitMix64 (Steele et al., OOPSLA 2014) as a counter-based generator.
std::uint64_t random_bits(std::uint64_t seed, std::uint64_t i) {
    std::uint64_t z = seed + (i + 1) * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
}

// Flushes this thread's denormal results to zero while it lives.
class FlushDenormals {
  public:
#ifdef __SSE__
    FlushDenormals() : mode_(_mm_getcsr()) {
        _mm_setcsr(mode_ | _MM_FLUSH_ZERO_ON);
    }
    ~FlushDenormals() {
        _mm_setcsr(mode_);
    }
#else
    FlushDenormals() = default;
    ~FlushDenormals() = default;
#endif
    FlushDenormals(const FlushDenormals&) = delete;
    FlushDenormals& operator=(const FlushDenormals&) = delete;

  private:
    unsigned mode_ = 0;
};

struct NoGradient {
    float operator[](std::int64_t) const { return 0; }
};

// The formulas of optimizer.hpp. Gradient is const float* or NoGradient.
template <typename Gradient>
void update_with(const Update& how, std::int64_t n, const Gradient grad, float* __restrict w,
                 float* __restrict first, float* __restrict second) {
    const float lr = how.learning_rate, decay = how.weight_decay;
    switch (how.optimizer) {
        case Optimizer::adam: {
            constexpr float kBeta1 = 0.9f, kBeta2 = 0.999f, kEpsilon = 1e-8f;
            for (std::int64_t i = 0; i < n; ++i) {
                const float g = grad[i] + decay * w[i];
                const float m = kBeta1 * first[i] + (1 - kBeta1) * g;
                const float v = kBeta2 * second[i] + (1 - kBeta2) * g * g;
                first[i] = m;
                second[i] = v;
                w[i] -= lr * m / (std::sqrt(v) + kEpsilon);
            }
            break;
        }
        case Optimizer::adagrad: {
            constexpr float kEpsilon = 1e-7f;
            for (std::int64_t i = 0; i < n; ++i) {
                const float g = grad[i] + decay * w[i];
                const float sum = first[i] + g * g;
                first[i] = sum;
                w[i] -= lr * g / std::sqrt(sum + kEpsilon);
            }
            break;
        }
        case Optimizer::rmsprop: {
            constexpr float kGamma = 0.9f, kEpsilon = 1e-8f;
            for (std::int64_t i = 0; i < n; ++i) {
                const float g = grad[i] + decay * w[i];
                const float mean = kGamma * first[i] + (1 - kGamma) * g * g;
                first[i] = mean;
                w[i] -= lr * g / std::sqrt(mean + kEpsilon);
            }
            break;
        }
        case Optimizer::adadelta: {
            constexpr float kRho = 0.9f, kEpsilon = 1e-5f;
            for (std::int64_t i = 0; i < n; ++i) {
                const float g = grad[i] + decay * w[i];
                const float squares = kRho * first[i] + (1 - kRho) * g * g;
                const float delta = std::sqrt(second[i] + kEpsilon) / std::sqrt(squares + kEpsilon) * g;
                first[i] = squares;
                second[i] = kRho * second[i] + (1 - kRho) * delta * delta;
                w[i] -= delta;
            }
            break;
        }
        case Optimizer::sgd: {
            for (std::int64_t i = 0; i < n; ++i) w[i] -= lr * (grad[i] + decay * w[i]);
            break;
        }
    }
}

}  // namespace

void pool_mean(const float* vectors, std::int64_t dim, const std::int32_t* tokens,
               const std::int64_t* offsets, std::int64_t batch, float* out) {
    std::fill_n(out, batch * dim, 0.0f);
    for (std::int64_t b = 0; b < batch; ++b) {
        float* const row = out + b * dim;
        std::int64_t count = 0;
        for (std::int64_t k = offsets[b]; k < offsets[b + 1]; ++k) {
            if (tokens[k] == 0) continue;
            add(vectors + tokens[k] * dim, dim, row);
            ++count;
        }
        if (count < 2) continue;
        const float scale = 1.0f / static_cast<float>(count);
        for (std::int64_t i = 0; i < dim; ++i) row[i] *= scale;
    }
}

void pool_mean_backward(const float* out_grad, std::int64_t dim, const std::int32_t* tokens,
                        const std::int64_t* offsets, std::int64_t batch, float* vectors_grad) {
    for (std::int64_t b = 0; b < batch; ++b) {
        const std::int64_t count = count_tokens(tokens, offsets[b], offsets[b + 1]);
        const float scale = count == 0 ? 0.0f : 1.0f / static_cast<float>(count);
        for (std::int64_t k = offsets[b]; k < offsets[b + 1]; ++k) {
            if (tokens[k] != 0) add_scaled(out_grad + b * dim, scale, dim, vectors_grad + tokens[k] * dim);
        }
    }
}

void gather_rows(const float* table, std::int64_t dim, const std::int64_t* rows, std::int64_t n, float* out) {
    const auto bytes = static_cast<std::size_t>(dim) * sizeof(float);
    for (std::int64_t i = 0; i < n; ++i) std::memcpy(out + i * dim, table + rows[i] * dim, bytes);
}

void dropout_mask(std::uint64_t seed, double keep, float scale, std::int64_t n, float* out) {
    // 32 bits decide one element; keep = 1 keeps all.
    const auto threshold = static_cast<std::uint64_t>(std::llround(keep * 4294967296.0));
    for (std::int64_t i = 0; i < n; ++i) {
        const std::uint64_t bits = random_bits(seed, static_cast<std::uint64_t>(i)) >> 32;
        out[i] = bits < threshold ? scale : 0.0f;
    }
}

void fill_uniform(std::uint64_t seed, float bound, std::int64_t n, float* out) {
    for (std::int64_t i = 0; i < n; ++i) {
        const std::uint64_t bits = random_bits(seed, static_cast<std::uint64_t>(i)) >> 40;  // 24 of them
        out[i] = bound * (static_cast<float>(bits) * 0x1.0p-23f - 1.0f);
    }
}

void update(const Update& how, std::int64_t n, const float* grad, float* weight, float* first,
            float* second) {
    const FlushDenormals flush;
    if (grad == nullptr) {
        update_with(how, n, NoGradient{}, weight, first, second);
    } else {
        update_with(how, n, grad, weight, first, second);
    }
}

void update_rows(const Update& how, std::int64_t n, std::int64_t dim, const std::int64_t* rows,
                 const float* grad, float* weight, float* first, float* second) {
    const FlushDenormals flush;
    const auto row_of = [&](float* table, std::int64_t i) {
        return table == nullptr ? nullptr : table + rows[i] * dim;
    };
    for (std::int64_t i = 0; i < n; ++i) {
        update_with(how, dim, grad + i * dim, row_of(weight, i), row_of(first, i), row_of(second, i));
    }
}

}  // namespace o2v::model::kernels
