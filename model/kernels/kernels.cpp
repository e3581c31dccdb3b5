#include "model/kernels/kernels.hpp"

namespace o2v::model::kernels {

extern const Kernels kBaseline;
#ifdef __x86_64__
extern const Kernels kAvx2;
extern const Kernels kAvx512;
#endif

const Kernels& kernels() {
#ifdef __x86_64__
    static const Kernels& best = [&]() -> const Kernels& {
        __builtin_cpu_init();
        const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
        const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                            __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                            __builtin_cpu_supports("avx512vl");
        return avx2 && avx512 ? kAvx512 : avx2 ? kAvx2 : kBaseline;
    }();
    return best;
#else
    return kBaseline;
#endif
}

}  // namespace o2v::model::kernels
