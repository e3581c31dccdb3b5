#!/usr/bin/env bash
# Stops and removes the private cluster of a folder as soon as a process has ended.
#
#   cluster-watch.sh FOLDER PID
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/slurm/processes.sh
. "$here/processes.sh"

folder=$1 owner=$2
started=$(start_time "$owner")
while [ -s "$folder/pids" ]; do
    if ! is_alive "$owner" "$started"; then
        "$here/cluster-down.sh" "$folder"
        rm -rf "$folder"
        exit
    fi
    sleep 1
done
