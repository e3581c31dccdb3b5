#!/usr/bin/env bash
# Builds the fuzzers and runs each for so many seconds, from the seeds committed here and what earlier runs found; fails
# on a finding, whose input is then in build/fuzz.
#
#   tests/fuzz/fuzz.sh SECONDS [JOBS]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=$1
jobs=${2:-2}

command -v clang++ >/dev/null || { echo "fuzz: Clang is needed: apt-get install clang" >&2; exit 1; }
mkdir -p build
cmake --preset fuzz >build/fuzz.log 2>&1 || { cat build/fuzz.log >&2; exit 1; }
cmake --build build/fuzz -j "$jobs" --target fuzz_queries fuzz_model

# A hostile model may ask for more memory than there is: that is an answer, not a finding.
export ASAN_OPTIONS=allocator_may_return_null=1:detect_leaks=0
run() {
    local name=$1 seeds=$2 dictionary=$3
    mkdir -p "build/fuzz/corpus/$name"
    echo "fuzz: $name for $seconds s"
    "build/fuzz/bin/$name" -max_total_time="$seconds" -rss_limit_mb=4096 -malloc_limit_mb=1000000 -print_final_stats=1 \
        -timeout=10 -dict="tests/fuzz/$dictionary" -artifact_prefix=build/fuzz/ "build/fuzz/corpus/$name" \
        "tests/fuzz/seeds/$seeds" 2>&1 | tee "build/fuzz/$name.log" | grep -E "ERROR|SUMMARY|stat::number_of_executed|DONE" || true
    return "${PIPESTATUS[0]}"
}
run fuzz_queries queries queries.dict
run fuzz_model model model.dict
