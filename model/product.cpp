#include "model/product.hpp"

#include <dlfcn.h>

#include <algorithm>
#include <cstdint>

namespace o2v::model {
namespace {

// dnnl_sgemm of oneDNN 1 to 3: row-major C = alpha op(A) op(B) + beta C; 0 is success.
using Sgemm = int (*)(char transa, char transb, std::int64_t m, std::int64_t n, std::int64_t k, float alpha,
                      const float* a, std::int64_t lda, const float* b, std::int64_t ldb, float beta,
                      float* c, std::int64_t ldc);

Sgemm sgemm() {
    static const auto found = reinterpret_cast<Sgemm>(dlsym(RTLD_DEFAULT, "dnnl_sgemm"));
    return found;
}

struct Operand {
    const float* data;
    char transposed;
    std::int64_t stride;
};

bool rows_lie_together(const torch::Tensor& matrix) {
    return matrix.stride(1) == 1 || matrix.size(1) == 1;
}

Operand operand(const torch::Tensor& matrix) {
    const bool plain = rows_lie_together(matrix);
    const std::int64_t stride = plain ? matrix.stride(0) : matrix.stride(1);
    const std::int64_t least = plain ? matrix.size(1) : matrix.size(0);
    return {matrix.data_ptr<float>(), plain ? 'N' : 'T', std::max(stride, least)};
}

}  // namespace

void multiply(const torch::Tensor& out, const torch::Tensor& a, const torch::Tensor& b, bool accumulate) {
    if (!rows_lie_together(out)) return multiply(out.t(), b.t(), a.t(), accumulate);
    if (sgemm() != nullptr && out.numel() > 0 && a.size(1) > 0) {
        const Operand left = operand(a), right = operand(b), result = operand(out);
        const int status = sgemm()(left.transposed, right.transposed, out.size(0), out.size(1), a.size(1),
                                   1.0f, left.data, left.stride, right.data, right.stride,
                                   accumulate ? 1.0f : 0.0f, out.data_ptr<float>(), result.stride);
        if (status == 0) return;
    }
    torch::Tensor into = out;
    if (accumulate) {
        into.addmm_(a, b);
    } else {
        at::mm_out(into, a, b);
    }
}

torch::Tensor product(const torch::Tensor& a, const torch::Tensor& b) {
    torch::Tensor out = torch::empty({a.size(0), b.size(1)});
    multiply(out, a, b);
    return out;
}

const char* product_library() {
    return sgemm() != nullptr ? "oneDNN" : "LibTorch's";
}

}  // namespace o2v::model
