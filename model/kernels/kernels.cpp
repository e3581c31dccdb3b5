#include "model/kernels/kernels.hpp"

namespace o2v::model::kernels {

extern const Kernels kBaseline;
#ifdef __x86_64__
extern const Kernels kAvx2;
extern const Kernels kAvx512;
#endif

std::vector<const Kernels*> supported_kernels() {
    std::vector<const Kernels*> supported{&kBaseline};
#ifdef __x86_64__
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl");
    if (avx2) supported.push_back(&kAvx2);
    if (avx2 && avx512) supported.push_back(&kAvx512);
#endif
    return supported;
}

const Kernels& kernels() {
    static const Kernels& best = *supported_kernels().back();
    return best;
}

}  // namespace o2v::model::kernels
