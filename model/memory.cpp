#include "model/memory.hpp"

#include <malloc.h>
#include <sys/mman.h>

#include <limits>
#include <new>

namespace o2v::model {

torch::Tensor zeros_in_huge_pages(std::int64_t rows, std::int64_t columns) {
    constexpr std::size_t kLarge = std::size_t{8} << 20;
    const auto bytes = static_cast<std::size_t>(rows * columns) * sizeof(float);
    if (bytes < kLarge) return torch::zeros({rows, columns});
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    ::madvise(memory, bytes, MADV_HUGEPAGE);  // a wish: without it all works as well
    return torch::from_blob(
        memory, {rows, columns}, [bytes](void* at) { ::munmap(at, bytes); }, torch::kFloat32);
}

torch::Tensor empty_for(const torch::Device& device, torch::IntArrayRef sizes, torch::ScalarType type) {
    return torch::empty(sizes, torch::TensorOptions().dtype(type).pinned_memory(device.is_cuda()));
}

torch::Tensor to_device(const torch::Tensor& tensor, const torch::Device& device) {
    return device.is_cpu() ? tensor : tensor.to(device, /*non_blocking=*/true);
}

void keep_freed_memory() {
#ifdef __GLIBC__
    constexpr int kNever = std::numeric_limits<int>::max();
    ::mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the greatest that glibc takes
    ::mallopt(M_TRIM_THRESHOLD, kNever);
#endif
}

}  // namespace o2v::model
