#!/usr/bin/env bash
# One training step's time, a PyTorch program's and ours, run in turn on one core; prints the ratios as a Markdown table.
#
#   model/bench/compare.sh --peer ../shared/bench/pytorch_object2vec.py [--core 1] [--rounds 3] [--bin build/release/bin]
#                          [--python "/usr/bin/python3"]
#
# The peer takes o2v-bench-train's flags and prints the same line; PYTHON needs torch (Debian: python3-torch). Each round
# runs both once; the best time of each counts, so that what else the machine does weighs on both alike. --core all
# leaves both to themselves: no core, no limit on the BLAS's threads but the programs' own --threads 1.
set -euo pipefail
cd "$(dirname "$0")/../.."

peer='' core=0 rounds=3 bin=build/release/bin python=/usr/bin/python3
while [ $# -gt 0 ]; do
    case $1 in
        --peer) peer=$2 ;;
        --core) core=$2 ;;
        --rounds) rounds=$2 ;;
        --bin) bin=$2 ;;
        --python) python=$2 ;;
        *)
            sed -n '2,10s/^# \{0,1\}//p' "$0"
            exit 2
            ;;
    esac
    shift 2
done
peer=$(realpath -m "$peer") # a PYTHON in a chroot starts in another folder
if [ ! -r "$peer" ]; then
    echo "compare: --peer '$peer' is no readable file" >&2
    exit 2
fi
if [ "$core" != all ]; then export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1; fi

# Milliseconds a step of a program's first line; on the second, ours says how much of the step the products are.
milliseconds() { sed -n '1s/.*(\([0-9.]*\) ms\/step).*/\1/p'; }
share() { sed -n '2s/.*: \([0-9]*\) % of the step.*/\1/p'; }
on_core() {
    if [ "$core" = all ]; then "$@"; else taskset -c "$core" "$@"; fi
}

# row NAME PEER-COMMAND... -- OUR-FLAGS...
row() {
    local name=$1
    shift
    local theirs=()
    while [ "$1" != -- ]; do
        theirs+=("$1")
        shift
    done
    shift
    local peer_best=1e9 our_best=1e9 of_step='' output
    for _ in $(seq "$rounds"); do
        peer_best=$(awk -v a="$peer_best" -v b="$(on_core "${theirs[@]}" | milliseconds)" 'BEGIN { print (b < a ? b : a) }')
        output=$(on_core "$bin/o2v-bench-train" "$@")
        our_best=$(awk -v a="$our_best" -v b="$(milliseconds <<<"$output")" 'BEGIN { print (b < a ? b : a) }')
        of_step=$(share <<<"$output")
    done
    awk -v name="$name" -v peer="$peer_best" -v our="$our_best" -v share="$of_step" \
        'BEGIN { printf "| %s | %.2f | %.2f | %.1f | %d %% |\n", name, peer, our, peer / our, share }'
}

# shellcheck disable=SC2086  # PYTHON may be a command with arguments
same() {
    local name=$1
    shift
    row "$name" $python "$peer" "$@" -- "$@"
}

version=$($python -c 'import torch; print(torch.__version__)')
echo "core $core of $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), PyTorch $version, best of $rounds"
echo
echo "| step | PyTorch ms | o2v ms | ratio | products alone, of ours |"
echo "| --- | --- | --- | --- | --- |"
same 'pooled_embedding, batch 64' --encoder pooled_embedding --batch 64 --expert --steps 50
same 'pooled_embedding, batch 512' --encoder pooled_embedding --batch 512 --expert --steps 10
same 'hcnn, batch 64' --encoder hcnn --batch 64 --expert --steps 10
same 'bilstm, batch 64' --encoder bilstm --batch 64 --expert --steps 10
same 'pooled_embedding, dense Adam, batch 64' --encoder pooled_embedding --batch 64 --steps 10
movielens=(--vocab 944 --vocab1 1684 --dim 1024 --enc 1024 --seq 1 --layers 1 --movielens --steps 100)
# shellcheck disable=SC2086
row 'MovieLens, dense Adam, batch 64' $python "$PWD/model/bench/movielens_peer.py" -- "${movielens[@]}"
# shellcheck disable=SC2086
row 'MovieLens, row_sparse, batch 64' $python "$PWD/model/bench/movielens_peer.py" --expert -- "${movielens[@]}" --expert
