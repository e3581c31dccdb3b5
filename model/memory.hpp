// How the process asks the kernel for memory.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace o2v::model {

// [rows, columns] float32 zeros on the CPU; a large one asks the kernel for huge pages, so that rows read
// here and there cost one miss of the address translation fewer each. Throws std::bad_alloc.
torch::Tensor zeros_in_huge_pages(std::int64_t rows, std::int64_t columns);

// A tensor on the CPU that is to be copied to `device`: in pinned memory where that is a GPU, so that the
// copy does not hold up this thread.
torch::Tensor empty_for(const torch::Device& device, torch::IntArrayRef sizes, torch::ScalarType type);
template <typename T>
torch::Tensor tensor_of(const std::vector<T>& values, const torch::Device& device) {
    torch::Tensor tensor =
        empty_for(device, {static_cast<std::int64_t>(values.size())}, c10::CppTypeToScalarType<T>::value);
    std::copy(values.begin(), values.end(), tensor.template data_ptr<T>());
    return tensor;
}
// Without waiting for the copy.
torch::Tensor to_device(const torch::Tensor& tensor, const torch::Device& device);

// Freed blocks stay with the process from now on: a step's tensors are those of the step before, and
// returning their pages to the kernel and having them cleared anew takes a tenth of a step.
void keep_freed_memory();

}  // namespace o2v::model
