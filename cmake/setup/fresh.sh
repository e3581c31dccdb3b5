#!/usr/bin/env bash
# Tries `make quickstart` and `make test` of HEAD on a machine that has nothing but git and make: a minimal Debian of
# the given suite in build/fresh/SUITE. Needs root. Prints how long each took.
#
#   cmake/setup/fresh.sh trixie|bookworm [1 = keep the folder]
set -euo pipefail
cd "$(dirname "$0")/../.."

suite=${1:-trixie}
keep=${2:-}
mirror=${MIRROR:-http://deb.debian.org/debian}

case $suite in
    bookworm | trixie) ;;
    *)
        echo "fresh: unknown suite '$suite'; allowed: bookworm, trixie" >&2
        exit 2
        ;;
esac
if [ "$(id -u)" != 0 ]; then
    echo "fresh: a Debian in a folder of its own needs root: sudo make fresh SUITE=$suite" >&2
    exit 1
fi
# In namespaces of our own: whatever is mounted or started below is gone when this script ends.
if [ "${O2V_FRESH_INSIDE:-}" != yes ]; then
    O2V_FRESH_INSIDE=yes exec unshare --mount --propagation private --pid --fork --kill-child \
        "$PWD/cmake/setup/fresh.sh" "$suite" "$keep"
fi

if ! command -v debootstrap >/dev/null; then
    echo "fresh: installing debootstrap"
    DEBIAN_FRONTEND=noninteractive apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
fi

root=$PWD/build/fresh/$suite
unmount() {
    local folder
    for folder in dev/pts dev/shm sys proc; do
        if mountpoint -q "$root/$folder"; then umount "$root/$folder"; fi
    done
}
finish() {
    local status=$?
    unmount
    if [ "$keep" = 1 ]; then
        echo "fresh: kept $root"
    else
        rm -rf --one-file-system "$root"
    fi
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM

rm -rf --one-file-system "$root"
mkdir -p "$root"
echo "fresh: Debian $suite in $root"
debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$root.log" 2>&1 || {
    tail -20 "$root.log" >&2
    exit 1
}
echo "127.0.0.1 localhost" >"$root/etc/hosts" # which every installation has
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t tmpfs tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -sf pts/ptmx "$root/dev/ptmx"

inside() {
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
        chroot "$root" /bin/bash -euo pipefail -c "$1"
}
inside 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends git make' \
    >"$root.log" 2>&1 || {
    tail -20 "$root.log" >&2
    exit 1
}
commit=$(git -c safe.directory='*' rev-parse --short HEAD)
git -c safe.directory='*' bundle create -q "$root/root/head.bundle" HEAD
inside 'git -c init.defaultBranch=main -c advice.detachedHead=false clone -q /root/head.bundle /root/o2v-tune'

timed() {
    local begin=$SECONDS
    inside "cd /root/o2v-tune && $1"
    times+=("$(printf '%-28s %4d s' "$1" $((SECONDS - begin)))")
}
times=()
timed 'make quickstart'
timed 'make test'
echo
echo "fresh: Debian $suite, $(nproc) cores, $commit"
printf 'fresh: %s\n' "${times[@]}"
