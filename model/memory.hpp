// How the process asks the kernel for memory.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace o2v::model {

// [rows, columns] float32 zeros on the CPU; a large one asks the kernel for huge pages, so that rows read
// here and there cost one miss of the address translation fewer each. Throws std::bad_alloc.
torch::Tensor zeros_in_huge_pages(std::int64_t rows, std::int64_t columns);

// Freed blocks stay with the process from now on: a step's tensors are those of the step before, and
// returning their pages to the kernel and having them cleared anew takes a tenth of a step.
void keep_freed_memory();

}  // namespace o2v::model
