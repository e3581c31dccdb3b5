#ifdef __x86_64__
// Compiled with flags of its own, see CMakeLists.txt.
#define O2V_KERNELS kAvx512
#define O2V_KERNELS_NAME "avx512"
#include "model/kernels/simd.inc"
#endif
