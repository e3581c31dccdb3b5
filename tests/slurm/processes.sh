# shellcheck shell=bash
# Finds the processes of a private cluster, for its other scripts: . processes.sh
# FOLDER/pids has a line a daemon: name, process id, start time (so that a reused id is nobody's).

readonly kStartTime=19 # counted from the state, which is field 3 of /proc/PID/stat

# The fields of /proc/PID/stat from the state on, which follow the name in parentheses; nothing for no process.
stat_fields() {
    local line
    { read -r line <"/proc/$1/stat"; } 2>/dev/null || return 1
    echo "${line##*) }"
}

start_time() {
    local fields
    read -ra fields <<<"$(stat_fields "$1")"
    echo "${fields[kStartTime]:-0}"
}

# Whether a process lives that began then. A zombie does not.
is_alive() {
    local fields
    read -ra fields <<<"$(stat_fields "$1")"
    [ ${#fields[@]} -gt 0 ] && [ "${fields[0]}" != Z ] && [ "${fields[kStartTime]}" = "$2" ]
}

# start_daemon FOLDER NAME COMMAND...: in a session of its own, in the foreground mode that makes $! the daemon's own id.
start_daemon() {
    local folder=$1 name=$2
    shift 2
    SLURM_CONF=$folder/slurm.conf setsid "$@" </dev/null >>"$folder/log/$name.out" 2>&1 &
    local pid=$!
    disown
    grep -v "^$name " "$folder/pids" >"$folder/pids.new" || true
    echo "$name $pid $(start_time "$pid")" >>"$folder/pids.new"
    mv "$folder/pids.new" "$folder/pids"
}

# A controller that was killed has not saved the last job's id, and a node drains itself that is given an id for the second
# time ("Duplicate jobid"): each one begins in a range of its own.
start_controller() {
    local first
    first=$(sed -n 's/^FirstJobId=//p' "$1/slurm.conf")
    sed -i "s/^FirstJobId=.*/FirstJobId=$((first + 1000))/" "$1/slurm.conf"
    start_daemon "$1" slurmctld slurmctld -D -f "$1/slurm.conf"
}

start_node() {
    start_daemon "$1" "$2" slurmd -D -N "$2" -f "$1/slurm.conf"
}

# A process and all that it has started, children first.
descendants() {
    local children child
    read -ra children <<<"$(cat "/proc/$1/task/"*/children 2>/dev/null | tr '\n' ' ')"
    for child in "${children[@]}"; do
        descendants "$child"
    done
    echo "$1"
}

# The slurmsteps of a node (of all nodes: without one). They have wiped their environment but hold the node's log open.
steps() {
    local folder=$1 node=${2:-} process name
    for process in /proc/[0-9]*; do
        name=
        { read -r name <"$process/comm"; } 2>/dev/null || continue
        [ "$name" = slurmstepd ] || continue
        if readlink "$process"/fd/* 2>/dev/null | grep -qE "^$folder/log/slurmd-${node:-[^/]*}\.log$"; then
            echo "${process#/proc/}"
        fi
    done
}

# Jobs' processes of a node (of all nodes) that no step is left for, by their environment. Never this script or its callers,
# who may have the cluster's settings themselves.
strays() {
    local folder=$1 node=${2:-} own=" $$ " parent=$$ file process
    while parent=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$parent/status" 2>/dev/null) && [ "${parent:-0}" -gt 0 ]; do
        own="$own$parent "
    done
    grep -lzxF "SLURM_CONF=$folder/slurm.conf" /proc/[0-9]*/environ 2>/dev/null | while read -r file; do
        grep -qzxE "SLURMD_NODENAME=${node:-.*}" "$file" 2>/dev/null || continue
        process=${file%/environ}
        process=${process#/proc/}
        case $own in
            *" $process "*) ;;
            *) echo "$process" ;;
        esac
    done || true
}

# Ends every job's process of a node (of all nodes), as a loss of power does.
kill_jobs() {
    local step process
    for step in $(steps "$@"); do
        for process in $(descendants "$step"); do
            kill -KILL "$process" 2>/dev/null || true
        done
    done
    for process in $(strays "$@"); do
        kill -KILL "$process" 2>/dev/null || true
    done
}
