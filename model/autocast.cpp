#include "model/autocast.hpp"

#include <ATen/autocast_mode.h>
#include <torch/version.h>

namespace o2v::model {
namespace {

void enable(bool enabled) {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 4)
    at::autocast::set_autocast_dtype(at::kCUDA, at::kBFloat16);
    at::autocast::set_autocast_enabled(at::kCUDA, enabled);
#else
    at::autocast::set_autocast_gpu_dtype(at::kBFloat16);
    at::autocast::set_enabled(enabled);
#endif
}

}  // namespace

Autocast::Autocast(bool wanted) : wanted_(wanted) {
    if (wanted_) enable(true);
}

Autocast::~Autocast() {
    if (!wanted_) return;
    enable(false);
    at::autocast::clear_cache();  // of weights in bfloat16, which the optimizer's step makes stale
}

}  // namespace o2v::model
