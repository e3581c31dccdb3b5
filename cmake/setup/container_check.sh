#!/usr/bin/env bash
# Tries a program as SageMaker's container: trains on invented pairs below the folder that it knows as /opt/ml, stops a
# training in the middle, has a wrong one fail, serves the model and asks it.
#
#   cmake/setup/container_check.sh FOLDER ENTRYPOINT ...      (then `train` and `serve` are added)
#   O2V_OPT_ML=/tmp/ml cmake/setup/container_check.sh /tmp/ml build/release/bin/o2v-tune container
set -euo pipefail
ml=$1
shift
port=${O2V_PORT:-8123}

say() { echo "container: $*"; }
fail() {
    say "$*" >&2
    exit 1
}

prepare() {
    rm -rf "$ml"
    mkdir -p "$ml/input/config" "$ml/input/data/train" "$ml/input/data/validation" "$ml/model" "$ml/output"
    # A pair's class is the group that its words are of, but for one in five.
    for channel in train validation; do
        awk -v rows="$1" -v seed=${#channel} 'BEGIN {
            srand(seed)
            for (i = 0; i < rows; ++i) {
                group = int(rand() * 4)
                word = 2 + group * 10 + int(rand() * 10)
                other = 2 + group * 10 + int(rand() * 10)
                label = rand() < 0.2 ? int(rand() * 4) : group
                printf "{\"label\": %d, \"in0\": [%d], \"in1\": [%d, %d]}\n", label, word, other, word
            }
        }' >"$ml/input/data/$channel/pairs.jsonl"
    done
    cat >"$ml/input/config/hyperparameters.json" <<JSON
{"enc0_max_seq_len": "4", "enc0_vocab_size": "42", "enc0_token_embedding_dim": "8", "enc0_network": "hcnn",
 "enc_dim": "16", "mlp_dim": "16", "num_classes": "4", "learning_rate": "0.01", "epochs": "$2",
 "early_stopping_patience": "5", "early_stopping_tolerance": "0.000001", "_tuning_objective_metric": "validation:accuracy"}
JSON
    echo '{"train": {"ContentType": "application/jsonlines", "TrainingInputMode": "File", "RecordWrapperType": "None"},
 "validation": {"ContentType": "application/jsonlines", "TrainingInputMode": "File"}}' >"$ml/input/config/inputdataconfig.json"
    echo '{"current_host": "algo-1", "hosts": ["algo-1"], "network_interface_name": "eth0"}' >"$ml/input/config/resourceconfig.json"
}
log=$(mktemp)
server=
finish() {
    local status=$?
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -f "$log"
    exit $status
}
trap finish EXIT

prepare 2000 6
"$@" train >"$log" 2>&1 || fail "train has failed: $(tail -5 "$log")"
grep -q '#quality_metric: host=algo-1, epoch=0, validation accuracy <score>=' "$log" || fail "train prints no metric lines"
[ -s "$ml/model/weights.safetensors" ] || fail "train leaves no model"
say "train: $(grep '#quality_metric' "$log" | tail -1 | sed 's/.*#quality/#quality/')"

begin=$SECONDS
"$@" serve --port "$port" >"$log" 2>&1 &
server=$!
until [ "$(curl -s -o /dev/null -w '%{http_code}' "localhost:$port/ping")" = 200 ]; do
    [ $((SECONDS - begin)) -lt 60 ] || fail "serve does not answer: $(tail -3 "$log")"
    kill -0 "$server" 2>/dev/null || fail "serve has ended: $(tail -3 "$log")"
    sleep 0.2
done
answer=$(curl -s "localhost:$port/invocations" -H 'Content-Type: application/json' \
    -d '{"instances": [{"in0": [15], "in1": [18, 15]}]}')
[[ $answer == '{"predictions":[{"scores":['* ]] || fail "serve answers: $answer"
say "serve: $answer"
kill "$server"
wait "$server" || fail "serve has not left with exit code 0"
server=

# Many epochs, and a folder for checkpoints: told to stop, it leaves a model, and goes on the next time.
prepare 20000 100
mkdir "$ml/checkpoints"
"$@" train >"$log" 2>&1 &
server=$!
until grep -q 'epoch=1, validation accuracy' "$log"; do
    kill -0 "$server" 2>/dev/null || fail "the second training has ended: $(tail -3 "$log")"
    sleep 0.1
done
kill "$server"
begin=$SECONDS
wait "$server" || fail "a training that was told to stop ends with exit code $?: $(tail -3 "$log")"
server=
[ -s "$ml/model/weights.safetensors" ] || fail "a training that was told to stop leaves no model"
say "train, told to stop: leaves within $((SECONDS - begin)) s, with the best model so far"
"$@" train >"$log" 2>&1 &
server=$!
until grep -q 'goes on after epoch' "$log"; do
    kill -0 "$server" 2>/dev/null || fail "the continued training has ended: $(tail -3 "$log")"
    sleep 0.1
done
kill "$server"
wait "$server" || fail "the continued training ends with exit code $?"
server=
say "train, again: $(grep -o 'goes on after epoch.*' "$log" | head -1)"

prepare 10 1
sed -i 's/"enc0_vocab_size": "42"/"enc0_vocab_size": "3"/' "$ml/input/config/hyperparameters.json"
if "$@" train >"$log" 2>&1; then fail "a training with a wrong vocabulary does not fail"; fi
[ -s "$ml/output/failure" ] || fail "a failed training leaves no output/failure"
[ "$(wc -m <"$ml/output/failure")" -le 1024 ] || fail "output/failure is longer than 1024 characters"
say "train, wrong: $(head -c 160 "$ml/output/failure" | head -1)"
