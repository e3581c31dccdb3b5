// Memory for large tables.
#pragma once

#include <torch/torch.h>

#include <cstdint>

namespace o2v::model {

// [rows, columns] float32 zeros on the CPU; a large one asks the kernel for huge pages, so that rows read here and
// there cost one miss of the address translation fewer each. Throws std::bad_alloc.
torch::Tensor zeros_in_huge_pages(std::int64_t rows, std::int64_t columns);

}  // namespace o2v::model
