#!/usr/bin/env bash
# Stops the private cluster of a folder with all its jobs, and nothing else.
#
#   cluster-down.sh FOLDER
set -uo pipefail
# shellcheck source=tests/slurm/processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

if [ $# != 1 ]; then
    echo "cluster-down: usage: cluster-down.sh FOLDER" >&2
    exit 2
fi
folder=$(cd "$1" 2>/dev/null && pwd -P) || exit 0
[ -s "$folder/pids" ] || exit 0

# stop NAMES: the daemons whose names match; those that do not end in two seconds are killed.
stop() {
    local signal name pid started some
    for signal in TERM KILL; do
        for _ in {1..40}; do
            some=no
            while read -r name pid started; do
                if [[ $name =~ ^($1)$ ]] && is_alive "$pid" "$started"; then
                    some=yes
                    kill -"$signal" "$pid" 2>/dev/null
                    kill -CONT "$pid" 2>/dev/null
                fi
            done <"$folder/pids"
            [ $some = yes ] || return
            sleep 0.05
        done
    done
}

stop 'slurmctld|n[0-9]+'
kill_jobs "$folder"
stop munged
rm -f "$folder/pids"
