#!/usr/bin/env bash
# Prints how many compilers may run at a time: one a core that this process may use, and no more than fit in memory
# (a source that includes LibTorch takes about 1.2 GB).
set -euo pipefail
cores=$(nproc)
free_kib=$(awk '/^MemAvailable:/ { print $2 }' /proc/meminfo 2>/dev/null || true)
fit=$((${free_kib:-4000000} / 1200000))
jobs=$((fit < cores ? fit : cores))
echo $((jobs > 1 ? jobs : 1))
