#!/bin/sh
# A stand-in for a training: X and the number of epochs come as arguments, y and beta through the environment.
# Started again, it goes on after the last epoch that it has saved.
set -eu
x=$1 epochs=$2
saved=$O2V_CHECKPOINT_DIR/epoch
epoch=0
if [ -f "$saved" ]; then epoch=$(cat "$saved"); fi
while [ "$epoch" -lt "$epochs" ]; do
    epoch=$((epoch + 1))
    awk -v x="$x" -v y="$O2V_HP_Y" -v beta="${O2V_HP_BETA:-0}" -v epoch="$epoch" 'BEGIN {
        printf "epoch %d: val_loss=%.6f\n", epoch, (x - 3) ^ 2 + (y + 1) ^ 2 + (beta - 0.5) ^ 2 + 1 / epoch }'
    echo "$epoch" >"$saved.tmp"
    mv "$saved.tmp" "$saved"
done
