// Compiled with flags of its own, see CMakeLists.txt.
#define O2V_KERNELS kBaseline
#define O2V_KERNELS_NAME "baseline"
#include "model/kernels/simd.inc"
