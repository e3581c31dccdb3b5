#!/usr/bin/env bash
# Starts a private Slurm cluster inside a folder, on this machine's loopback alone: munged, slurmctld and three slurmd, with
# invented GPUs. Waits until all nodes are idle. Nothing of it lies in /etc, /run or /var.
#
#   tests/slurm/cluster-up.sh FOLDER && . FOLDER/env && sinfo
#
# Debian packages: slurmctld slurmd slurm-client munge. As root it runs anybody's jobs, otherwise the caller's own.
# FOLDER has at most 60 characters: sockets in it must have less than 108.
#   CLUSTER_NODES=3 CLUSTER_CPUS=4 CLUSTER_GPUS=2 CLUSTER_MEMORY=8000   nodes, and what each has (memory in MB)
#   CLUSTER_OWNER=PID   the cluster is stopped when this process ends, however it ends
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/slurm/processes.sh
. "$here/processes.sh"

readonly kLongestFolder=60
readonly kPatience=30 # seconds until the nodes must be idle

say() { echo "cluster-up: $*"; }
refuse() {
    say "$*" >&2
    exit 2
}

[ $# = 1 ] || refuse "usage: cluster-up.sh FOLDER"
for program in munged munge slurmctld slurmd sinfo; do
    command -v "$program" >/dev/null || refuse "$program is not installed"
done
nodes=${CLUSTER_NODES:-3} cpus=${CLUSTER_CPUS:-4} gpus=${CLUSTER_GPUS:-2} memory=${CLUSTER_MEMORY:-8000}
mkdir -p "$1"
folder=$(cd "$1" && pwd -P)
[ ${#folder} -le $kLongestFolder ] || refuse "$folder has more than $kLongestFolder characters"
[ ! -s "$folder/pids" ] || refuse "$folder/pids is there: first cluster-down.sh $folder"
rm -rf "$folder"/{munge,state,spool,log,gpu}
mkdir -p "$folder"/{munge,state,spool,log,gpu}
chmod 755 "$folder" "$folder/munge"
chmod 700 "$folder/state"

# The first of as many free ports as there are daemons, below those that the kernel gives to clients.
free_ports() {
    local local_address state first offset busy=" "
    while read -r _ local_address _ state _; do
        if [ "$state" = 0A ]; then
            busy+="$((16#${local_address##*:})) "
        fi
    done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
    for _ in {1..200}; do
        first=$((20000 + RANDOM % 1200 * 10))
        for ((offset = 0; offset <= nodes; ++offset)); do
            [[ $busy != *" $((first + offset)) "* ]] || continue 2
        done
        echo $first
        return
    done
    return 1
}
port=$(free_ports) || refuse "there are no free ports"

# GPUs must be character devices: links to one will do.
user=$(id -un)
{
    cat <<CONFIGURATION
ClusterName=test
SlurmctldHost=localhost(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=5
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/state/slurmctld.pid
SlurmdPidFile=$folder/spool/%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd-%n.log
PlugStackConfig=$folder/plugstack.conf
MailProg=/bin/true
# Without control groups, systemd and a database.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
# More CPUs than the machine has, counted singly, as are memory and GPUs.
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SlurmdParameters=config_overrides
GresTypes=gpu
DefMemPerCPU=100
# Jobs start at once; a lost node is found soon; jobs that have ended stay listed.
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,bf_interval=1,sched_interval=2,sched_min_interval=10000
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
SlurmdTimeout=10
KillWait=2
MinJobAge=3600
MessageTimeout=4
FirstJobId=0
DebugFlags=NO_CONF_HASH
CONFIGURATION
    for ((node = 1; node <= nodes; ++node)); do
        resources=
        [ "$gpus" = 0 ] || resources="Gres=gpu:$gpus"
        echo "NodeName=n$node NodeHostname=localhost NodeAddr=127.0.0.1 Port=$((port + node)) CPUs=$cpus" \
            "RealMemory=$memory $resources State=UNKNOWN"
    done
    echo "PartitionName=main Nodes=n[1-$nodes] Default=YES MaxTime=INFINITE DefaultTime=60 State=UP PriorityTier=1"
    echo "PartitionName=high Nodes=n[1-$nodes] MaxTime=INFINITE DefaultTime=60 State=UP PriorityTier=10 PreemptMode=OFF"
} >"$folder/slurm.conf"
{
    echo "AutoDetect=off"
    for ((node = 1; node <= nodes; ++node)); do
        mkdir -p "$folder/spool/n$node" "$folder/gpu/n$node"
        for ((gpu = 0; gpu < gpus; ++gpu)); do
            ln -s /dev/null "$folder/gpu/n$node/nvidia$gpu"
        done
        [ "$gpus" = 0 ] || echo "NodeName=n$node Name=gpu File=$folder/gpu/n$node/nvidia[0-$((gpus - 1))]"
    done
} >"$folder/gres.conf"
echo "CgroupPlugin=cgroup/v1" >"$folder/cgroup.conf" # is never used, but keeps Slurm from looking for one
: >"$folder/plugstack.conf"
chmod 644 "$folder"/*.conf
(umask 077 && head -c 128 /dev/urandom >"$folder/munge/key")
cat >"$folder/env" <<ENVIRONMENT
for variable in \$(env | sed -n 's/^\(SLURM[A-Z0-9_]*\)=.*/\1/p'); do unset "\$variable"; done
export SLURM_CONF=$folder/slurm.conf
ENVIRONMENT

fail() {
    say "$*" >&2
    tail -n 15 "$folder"/log/* >&2 || true
    "$here/cluster-down.sh" "$folder" >&2 || true
    exit 1
}

cd "$folder"
: >pids
start_daemon "$folder" munged munged --foreground --force --key-file="$folder/munge/key" --socket="$folder/munge/socket" \
    --pid-file="$folder/munge/pid" --seed-file="$folder/munge/seed" --log-file="$folder/log/munged.log" --num-threads=2
for _ in {1..100}; do
    ! munge -n -S "$folder/munge/socket" >/dev/null 2>&1 || break
    sleep 0.05
done
munge -n -S "$folder/munge/socket" >/dev/null 2>&1 || fail "munged does not answer"
start_controller "$folder"
for ((node = 1; node <= nodes; ++node)); do
    start_node "$folder" "n$node"
done

export SLURM_CONF=$folder/slurm.conf
until [ "$(timeout 2 sinfo --noheader --Node --format=%t --partition=main 2>/dev/null | grep -cx idle)" = "$nodes" ]; do
    while read -r name pid started; do
        is_alive "$pid" "$started" || fail "$name has ended"
    done <pids
    [ $SECONDS -lt $kPatience ] || fail "the nodes are not idle: $(timeout 2 sinfo --Node --format='%N %T %E' 2>&1)"
    sleep 0.1
done

if [ -n "${CLUSTER_OWNER:-}" ]; then
    # In a session of its own, so that what kills the owner's process group leaves it there.
    setsid "$here/cluster-watch.sh" "$folder" "$CLUSTER_OWNER" </dev/null >/dev/null 2>&1 &
    disown
fi
say "$nodes nodes are idle: . $folder/env"
