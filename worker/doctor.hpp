// `o2v-worker doctor`: what only a process with LibTorch can find out of a machine.
#pragma once

namespace o2v::worker {

// Prints one JSON object (a line) on standard output and returns the exit code, 0:
// {"version", "torch_version" ("" without LibTorch; then nothing else), "blas", "reference_blas", "threads",
// "built_with_cuda", "gpus" (that LibTorch can use), "gpu_error", "products": [{"shape": "17x33x65",
// "layout": "nt", "error"}], "gflops"}. An "error" is the largest one of the float product, in units of what
// rounding explains: at most 1 in a BLAS that computes rightly, null when a result is not finite. "gflops" is
// of a 512 x 512 product on `threads` threads, by the time of the CPUs.
int doctor_main(int threads);

}  // namespace o2v::worker
