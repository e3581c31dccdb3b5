#!/usr/bin/env bash
# What o2v-tune does on a GPU, checked beside a CPU core, and measured. Builds nothing; needs a build with a CUDA
# LibTorch, an NVIDIA GPU and curl.
#
#   tests/gpu/check.sh [--bin build/release/bin] [--data experiments/data/wordnet] [--out FOLDER] [--device cuda:0]
#                      [--peer pytorch_object2vec.py --python python3] [--only NAME ...]
#
# NAME is one of: doctor tests train resume study serve bfloat16 speed peer. `o2v-prepare wordnet --out experiments/data`
# makes the data. --peer is a PyTorch program with o2v-bench-train's flags, --device among them.
# Prints a line per check; exit code 1 when one failed. What each printed stands in FOLDER.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 2

bin=build/release/bin data=experiments/data/wordnet out='' device=cuda:0 peer='' python=python3 only=()
while [ $# -gt 0 ]; do
    case $1 in
        --bin) bin=$2 ;;
        --data) data=$2 ;;
        --out) out=$2 ;;
        --device) device=$2 ;;
        --peer) peer=$2 ;;
        --python) python=$2 ;;
        --only)
            read -ra only <<<"$2"
            ;;
        *)
            sed -n '2,12s/^# \{0,1\}//p' "$0"
            exit 2
            ;;
    esac
    shift 2 || exit 2
done
if [ ! -r "$data/train.jsonl" ]; then
    echo "gpu check: $data/train.jsonl is not there; $bin/o2v-prepare wordnet --out experiments/data makes it" >&2
    exit 2
fi
[ -n "$out" ] || out=$(mktemp -d)
mkdir -p "$out"
out=$(realpath "$out") data=$(realpath "$data") bin=$(realpath "$bin")
export O2V_SHARE_CORES=1 O2V_CACHE_DIR=$out/cache
tune=$bin/o2v-tune failed=0

check() { # check TEXT COMMAND...: runs it and says whether it held
    local text=$1
    shift
    if "$@"; then
        echo "ok      $text"
    else
        echo "FAILED  $text"
        failed=$((failed + 1))
    fi
}
told() { echo "        $*"; }
wanted() { [ ${#only[@]} = 0 ] || [[ " ${only[*]} " == *" $1 "* ]]; }

experiment() { # experiment NAME TRAIN-FILE MORE-DATA END-OF-FIXED-AND-MORE: a file in $out
    cat >"$out/$1.json" <<JSON
{ "name": "$1", "data": { "train": "$2"$3 },
  "fixed": { "output_layer": "softmax", "num_classes": 26, "enc0_vocab_size": 21704, "enc0_max_seq_len": 12,
             "enc1_vocab_size": 23795, "enc1_max_seq_len": 32, "enc_dim": 128, "mlp_layers": 1, "mlp_dim": 128,
             "early_stopping_patience": 5, "early_stopping_tolerance": 0.000001, "mini_batch_size": 256, "epochs": 2$4 }
JSON
}
head -12000 "$data/train.jsonl" >"$out/small.jsonl"
validation=", \"validation\": \"$data/validation.jsonl\""
experiment small "$out/small.jsonl" "$validation" ', "learning_rate": 0.002 }'
experiment long "$out/small.jsonl" '' ', "learning_rate": 0.00002 }'

# train NAME DEVICE [--set ...]: one training of 12,000 pairs; of the file $file, started by $start (a command)
file=small
train() {
    local name=$1 on=$2
    shift 2
    ${start-timeout 120} "$tune" train "$out/$file.json" --out "$out/$name" --as "$name" --device "$on" --threads 1 --seed 5 \
        "$@" >"$out/$name.log" 2>&1
}
weights() { echo "$out/$1/models/$1/current/weights.safetensors"; }
same_bits() { cmp -s "$(weights "$1")" "$(weights "$2")"; }
losses() { grep -o "epoch=${2:-[0-9]*}, [a-z]* cross_entropy <loss>=.*" "$out/$1.log"; }
agree() { # agree A B TOLERANCE [EPOCH]: that epoch's losses, or every one's, relatively
    [ -n "$(losses "$1" "${4:-}")" ] && paste <(losses "$1" "${4:-}") <(losses "$2" "${4:-}") | awk -F'[=\t]' -v most="$3" '
        { n++; a = $3; b = $6; d = (a - b) / a; if (d < 0) d = -d; if (d > worst) worst = d; if (b == "") missing = 1 }
        END { printf "        worst relative difference of %d losses %.1e\n", n, worst; exit !(n > 0 && !missing && worst <= most) }'
}
throughput() { sed -n 's/.*train throughput=\([0-9]*\).*/\1/p' "$out/$1.log" | tail -1; }

check_doctor() {
    "$tune" doctor >"$out/doctor.txt" 2>&1
    grep -E 'LibTorch|GPU' "$out/doctor.txt" | sed 's/^/        /'
    check 'o2v-tune doctor: a LibTorch with CUDA and a GPU that it can use' \
        grep -qE '^ok +GPU +cuda:0' "$out/doctor.txt"
}

check_tests() {
    [ -x "$bin/test_model" ] || return
    timeout 300 "$bin/test_model" --gtest_brief=1 --gtest_filter='*OnAGpu.*' --gtest_output="xml:$out/gpu_tests.xml" \
        >"$out/gpu_tests.log" 2>&1
    check 'test_model: network, training, answers on the GPU' [ $? = 0 ]
    told "$(grep -c '<testcase' "$out/gpu_tests.xml") tests"
}

check_train() {
    local encoder
    for encoder in pooled_embedding hcnn bilstm; do
        local network=(--set "enc0_network=$encoder" --set "enc1_network=$encoder")
        train "$encoder-cpu" cpu "${network[@]}" --set dropout=0
        train "$encoder-gpu" "$device" "${network[@]}" --set dropout=0
        # What differs in the last bits grows with every step.
        check "$encoder: the GPU has the CPU's losses of the first epoch within 1e-3" agree "$encoder-cpu" "$encoder-gpu" 1e-3 0
        check "$encoder: and of the second within 5e-3" agree "$encoder-cpu" "$encoder-gpu" 5e-3 1
        told "second epoch: $(throughput "$encoder-cpu") pairs/s on one core, $(throughput "$encoder-gpu") on the GPU"
        train "$encoder-one" "$device" "${network[@]}" --set dropout=0.3
        train "$encoder-two" "$device" "${network[@]}" --set dropout=0.3
        check "$encoder: two trainings with dropout give the same bits" same_bits "$encoder-one" "$encoder-two"
    done
}

# Long enough for a checkpoint (10 s of training), ended there by kill -9. Without validation data and with small steps, so
# that it does not stop early.
check_resume() {
    local network=(--set enc0_network=hcnn --set enc1_network=hcnn) file=long group waited=0
    local checkpoint=$out/killed/checkpoints/trial-0/checkpoint.safetensors
    [ -s "$out/hcnn-one.log" ] || file=small train hcnn-one "$device" "${network[@]}"
    local long=(--set "epochs=$(($(throughput hcnn-one) * 15 / 12000))" --set dropout=0.3)
    train whole "$device" "${network[@]}" "${long[@]}"
    start=setsid train killed "$device" "${network[@]}" "${long[@]}" &
    while [ ! -e "$checkpoint" ] && [ $waited -lt 300 ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
    group=$(pgrep -P $!)
    kill -9 -- "-$group"
    wait $! 2>/dev/null
    told "kill -9 after $(grep -c 'Completed Epoch' "$out/killed.log") epochs of $(grep -c 'Completed Epoch' "$out/whole.log")"
    check 'kill -9 leaves a checkpoint' [ -e "$checkpoint" ]
    train killed "$device" "${network[@]}" "${long[@]}"
    told "then $(grep -c 'Completed Epoch' "$out/killed.log") more"
    check 'a training that was killed gives the bits of an undisturbed one' same_bits killed whole
}

check_study() {
    experiment study "$out/small.jsonl" "$validation" ' }, "search": { "strategy": "random", "seed": 7, "space": {
        "learning_rate": { "type": "float", "min": 0.0005, "max": 0.01, "scale": "log" },
        "enc0_network": { "type": "categorical", "values": ["pooled_embedding", "hcnn", "bilstm"] },
        "enc1_network": { "type": "categorical", "values": ["pooled_embedding", "hcnn", "bilstm"] } } },
      "budget": { "trials": 6 }, "resources": { "slots": "auto", "trials_per_gpu": 2, "threads": 1 }'
    timeout 120 "$tune" run "$out/study.json" --out "$out/study" >"$out/study.log" 2>&1
    grep '^  slot' "$out/study.log" | sed 's/^/      /'
    check 'o2v-tune run: 6 trials, two at a time on the GPU' \
        bash -c "[ \$(grep -c '^trial [0-9]* completed' '$out/study.log') = 6 ] && grep -q 'slot 1: $device (2 of 2)' '$out/study.log'"
    timeout 60 "$tune" reproduce 0 --run "$out/study" >"$out/reproduce.log" 2>&1
    check 'o2v-tune reproduce 0: equal, bit for bit' [ $? = 0 ]
}

# answers NAME DEVICE: of a model over HTTP, as a file
answers() {
    local server port
    "$bin/o2v-serve" "$out/$1/models/$1/current" --device "$2" --port 0 >"$out/serve-$2.log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        port=$(sed -n 's#.*http://[^:]*:\([0-9]*\).*#\1#p' "$out/serve-$2.log" | head -1)
        kill -0 $server 2>/dev/null || break
        [ -n "$port" ] && curl -sf "http://127.0.0.1:$port/ping" >/dev/null && break
        sleep 0.3
    done
    head -200 "$data/validation.jsonl" | curl -s --data-binary @- -H 'Content-Type: application/jsonlines' \
        "http://127.0.0.1:$port/invocations" >"$out/answers-$1-$2.jsonl"
    kill $server
    wait $server 2>/dev/null
    [ -s "$out/answers-$1-$2.jsonl" ]
}
numbers() { grep -oE '[-+]?[0-9]+\.?[0-9]*([eE][-+]?[0-9]+)?' "$1"; }
close_numbers() {
    [ -s "$1" ] && [ -s "$2" ] && paste <(numbers "$1") <(numbers "$2") | awk '{ n++; d = $1 - $2; if (d < 0) d = -d; if (d > worst) worst = d }
        END { printf "        worst difference of %d numbers %.1e\n", n, worst; exit !(n > 100 && worst <= 1e-4) }'
}
check_serve() {
    local encoder
    for encoder in pooled_embedding hcnn bilstm; do
        [ -e "$(weights "$encoder-gpu")" ] ||
            train "$encoder-gpu" "$device" --set "enc0_network=$encoder" --set "enc1_network=$encoder" --set dropout=0
        answers "$encoder-gpu" cpu
        answers "$encoder-gpu" "$device"
        check "o2v-serve, $encoder: answers on the GPU are the CPU's within 1e-4" close_numbers \
            "$out/answers-$encoder-gpu-cpu.jsonl" "$out/answers-$encoder-gpu-$device.jsonl"
    done
}

check_bfloat16() {
    local encoder
    for encoder in pooled_embedding hcnn bilstm; do
        local network=(--set "enc0_network=$encoder" --set "enc1_network=$encoder" --set dropout=0)
        [ -s "$out/$encoder-gpu.log" ] || train "$encoder-gpu" "$device" "${network[@]}"
        train "$encoder-bf16" "$device" "${network[@]}" --set precision=bfloat16
        check "$encoder, precision bfloat16: losses within 3 % of float32's" agree "$encoder-gpu" "$encoder-bf16" 0.03
    done
}

check_speed() {
    local encoder batch
    for encoder in pooled_embedding hcnn bilstm; do
        for batch in 256 1024 4096; do
            local shape=(--encoder "$encoder" --batch "$batch" --expert --steps 10 --threads 1)
            if [ "$batch" = 256 ]; then timeout 100 "$bin/o2v-bench-train" "${shape[@]}" | head -1; fi
            shape[6]=30
            timeout 60 "$bin/o2v-bench-train" "${shape[@]}" --device "$device" | head -1
            timeout 60 "$bin/o2v-bench-train" "${shape[@]}" --device "$device" --bfloat16 | head -1
        done
    done 2>&1 | tee "$out/speed.txt" | sed 's/^/        /'
}

check_peer() {
    [ -n "$peer" ] || return
    local encoder batch
    for encoder in pooled_embedding hcnn bilstm; do
        for batch in 256 1024 4096; do
            timeout 60 "$python" "$peer" --encoder "$encoder" --batch "$batch" --expert --steps 30 --device "$device" | tail -1
        done
    done 2>&1 | tee "$out/peer.txt" | sed 's/^/        /'
}

nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>/dev/null | sed 's/^/        /'
for name in doctor tests train resume study serve bfloat16 speed peer; do
    if wanted $name; then
        began=$SECONDS
        "check_$name"
        told "($name: $((SECONDS - began)) s)"
    fi
done
echo "$failed failed; what was printed stands in $out"
[ $failed = 0 ]
