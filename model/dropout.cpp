#include "model/dropout.hpp"

#include <mutex>

#include "model/kernels/kernels.hpp"
#include "search/study/assignment.hpp"

namespace o2v::model {

void Dropout::seed(std::uint64_t seed, const torch::Device& device) {
    seed_ = seed;
    calls_ = 0;
    if (!device.is_cuda()) return;
    // This device's alone: other ranks draw on theirs meanwhile.
    torch::Generator generator = at::globalContext().defaultGenerator(device);
    const std::lock_guard lock(generator.mutex());
    generator.set_current_seed(seed);
}

torch::Tensor Dropout::apply(const torch::Tensor& x, bool training) {
    if (!training || rate_ == 0) return x;
    if (rate_ >= 1) return x * 0;
    if (x.is_cuda()) return torch::dropout(x, rate_, /*train=*/true);
    const double keep = 1 - rate_;
    const torch::Tensor mask = torch::empty(x.sizes(), x.options().requires_grad(false));
    kernels::kernels().dropout_mask(derive_seed(seed_, calls_++), keep, static_cast<float>(1 / keep),
                                    mask.numel(), mask.data_ptr<float>());
    return x * mask;
}

}  // namespace o2v::model
