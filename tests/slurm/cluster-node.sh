#!/usr/bin/env bash
# What befalls one daemon of a private cluster: a node n1, n2, ..., or slurmctld.
#
#   cluster-node.sh FOLDER crash|kill|start|freeze|thaw NAME
#
#   crash    the node loses power: its daemon and all its jobs' processes are gone
#   kill     its daemon alone is gone; jobs live on
#   start    it is back
#   freeze   it is there but does not answer, until   thaw
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
# shellcheck source=tests/slurm/processes.sh
. "$(dirname "${BASH_SOURCE[0]}")/processes.sh"

refuse() {
    echo "cluster-node: $*" >&2
    exit 2
}

[ $# = 3 ] || refuse "usage: cluster-node.sh FOLDER crash|kill|start|freeze|thaw NAME"
folder=$(cd "$1" && pwd -P) action=$2 name=$3
read -r pid started <<<"$(sed -n "s/^$name //p" "$folder/pids")"
[ -n "$pid" ] || refuse "$folder has no $name"

case $action in
    crash | kill | freeze | thaw) is_alive "$pid" "$started" || refuse "$name is not running" ;;
esac
case $action in
    kill) kill -KILL "$pid" ;;
    freeze) kill -STOP "$pid" ;;
    thaw) kill -CONT "$pid" ;;
    crash)
        kill -KILL "$pid"
        [ "$name" = slurmctld ] || kill_jobs "$folder" "$name"
        ;;
    start)
        ! is_alive "$pid" "$started" || refuse "$name is running"
        cd "$folder"
        if [ "$name" = slurmctld ]; then
            start_controller "$folder"
        else
            start_node "$folder" "$name"
        fi
        ;;
    *) refuse "unknown action $action" ;;
esac
