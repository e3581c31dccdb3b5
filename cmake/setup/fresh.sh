#!/usr/bin/env bash
# Tries `make quickstart` and `make test` of HEAD on a machine that has nothing but git and make: a minimal Debian of
# the given suite in build/fresh/SUITE. Needs root. Prints how long each took.
#
#   cmake/setup/fresh.sh trixie|bookworm [1 = keep the folder]
set -euo pipefail
cd "$(dirname "$0")/../.."

suite=${1:-trixie}
keep=${2:-}

case $suite in
    bookworm | trixie) ;;
    *)
        echo "fresh: unknown suite '$suite'; allowed: bookworm, trixie" >&2
        exit 2
        ;;
esac
# shellcheck source=cmake/setup/bare_debian.sh
. cmake/setup/bare_debian.sh
alone "$PWD/cmake/setup/fresh.sh" "$suite" "$keep"

root=$PWD/build/fresh/$suite
finish() {
    local status=$?
    unmount_system "$root"
    if [ "$keep" = 1 ]; then
        echo "fresh: kept $root"
    else
        rm -rf --one-file-system "$root"
    fi
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM
inside() { in_debian "$root" LANG=C.UTF-8 /bin/bash -euo pipefail -c "$1"; }

echo "fresh: Debian $suite in $root"
make_debian "$suite" "$root"
mount_system "$root"
quietly "$root.log" inside \
    'apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends git make'
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
