# shellcheck shell=bash
# A minimal Debian in a folder, for the scripts that try something on a machine that has nothing. To be sourced.

# alone SCRIPT ARGUMENT...: as root, in namespaces of the script's own: whatever it mounts or starts is gone when it ends.
# Returns in there, having started the script anew.
alone() {
    if [ "$(id -u)" != 0 ]; then
        echo "$(basename "$1" .sh): a Debian in a folder of its own needs root" >&2
        exit 1
    fi
    if [ "${O2V_ALONE:-}" != yes ]; then
        O2V_ALONE=yes exec unshare --mount --propagation private --pid --fork --kill-child "$@"
    fi
    unset O2V_ALONE # a script that this one starts is not alone yet
}

# quietly LOG COMMAND...: its output goes there, and its end is shown when it fails.
quietly() {
    local log=$1
    shift
    "$@" >"$log" 2>&1 || {
        tail -40 "$log" >&2
        return 1
    }
}

# make_debian SUITE FOLDER: its log stands in FOLDER.log. MIRROR names another mirror.
make_debian() {
    if ! command -v debootstrap >/dev/null; then
        DEBIAN_FRONTEND=noninteractive apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends debootstrap >/dev/null
    fi
    rm -rf --one-file-system "$2"
    mkdir -p "$2"
    quietly "$2.log" debootstrap --variant=minbase "$1" "$2" "${MIRROR:-http://deb.debian.org/debian}"
    echo "127.0.0.1 localhost" >"$2/etc/hosts" # which every installation has
}

# mount_system FOLDER: what programs expect of a running system. unmount_system FOLDER: before it is removed.
mount_system() {
    mount -t proc proc "$1/proc"
    mount -t sysfs -o ro sysfs "$1/sys"
    mount -t tmpfs tmpfs "$1/dev/shm"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$1/dev/pts"
    ln -sf pts/ptmx "$1/dev/ptmx"
}
unmount_system() {
    local folder
    for folder in dev/pts dev/shm sys proc; do
        if mountpoint -q "$1/$folder"; then umount "$1/$folder" || true; fi
    done
}

# in_debian FOLDER [NAME=VALUE...] PROGRAM ARGUMENT...: with that environment alone.
in_debian() {
    local folder=$1 variables=()
    shift
    while [[ $1 == *=* ]]; do
        variables+=("$1")
        shift
    done
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "${variables[@]}" \
        chroot "$folder" "$@"
}
