#!/usr/bin/env bash
# Installs the Debian packages that o2v-tune needs and this machine lacks; says what it does, asks nothing, does
# nothing when all is there.
#
#   cmake/setup/install.sh [--dry-run] [build] [test] [lint] [package]      (no group: build and test)
#
# Knows Debian 12 (bookworm) and Debian 13 (trixie). Runs apt-get as root or through sudo.
#   CMAKE_PREFIX_PATH=/opt/libtorch   an official LibTorch there is used, and Debian's is not installed
#   O2V_WITH_TORCH=OFF                nothing of LibTorch is installed
#   O2V_INSTALL=no                    nothing is installed at all
set -euo pipefail

say() { echo "install: $*"; }

dry_run=no
groups=()
for argument in "$@"; do
    case $argument in
        --dry-run) dry_run=yes ;;
        build | test | lint | package) groups+=("$argument") ;;
        *)
            say "unknown argument '$argument'; allowed: --dry-run, build, test, lint, package" >&2
            exit 2
            ;;
    esac
done
[ ${#groups[@]} -gt 0 ] || groups=(build test)

if [ "${O2V_INSTALL:-yes}" = no ]; then
    say "nothing is installed, as O2V_INSTALL=no says"
    exit 0
fi

suite=unknown
if [ -r /etc/os-release ]; then
    # shellcheck source=/dev/null
    suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-unknown}")
fi
case $suite in
    bookworm) boost=(libboost1.81-dev libboost-filesystem1.81-dev) ;;  # its default, 1.74, has no Boost.Process v2
    *) boost=(libboost-dev libboost-filesystem-dev) ;;
esac

# An official LibTorch named by CMAKE_PREFIX_PATH; empty when there is none.
official_torch() {
    local folder
    local -a folders
    IFS=';:' read -ra folders <<<"${CMAKE_PREFIX_PATH:-}"
    for folder in "${folders[@]}"; do
        if [ -e "$folder/share/cmake/Torch/TorchConfig.cmake" ]; then
            echo "$folder"
            return
        fi
    done
}

packages=()
optional=()  # done without where apt does not know them: the page then has tables only
for group in "${groups[@]}"; do
    case $group in
        build)
            packages+=(g++ cmake ninja-build pkg-config "${boost[@]}" libsqlitecpp-dev libsqlite3-dev libcli11-dev
                nlohmann-json3-dev libfmt-dev libhwloc-dev libsimdjson-dev libxxhash-dev zlib1g-dev libvalijson-dev
                libeigen3-dev libnlopt-dev libnlopt-cxx-dev libfaiss-dev libssl-dev wordnet-base)
            # For the page's figures. Another nodejs, as NodeSource's, brings its npm along.
            command -v npm >/dev/null || optional+=(nodejs npm)
            torch=$(official_torch)
            if [ "${O2V_WITH_TORCH:-ON}" = OFF ]; then
                :
            elif [ -n "$torch" ]; then
                say "using the LibTorch in $torch instead of Debian's"
            else
                packages+=(libtorch-dev libopenblas0-pthread libgloo-dev)
            fi
            ;;
        test)
            packages+=(libgtest-dev libgmock-dev curl sqlite3 python3 shellcheck slurmctld slurmd slurm-client munge)
            optional+=(chromium)
            ;;
        lint)
            if [ "$suite" = bookworm ]; then
                packages+=(clang-format-14 clang-tidy-14)
            else
                packages+=(clang-format clang-tidy)
            fi
            packages+=(git shellcheck)
            ;;
        package)
            packages+=(help2man dpkg-dev file gzip)
            ;;
    esac
done

if ! command -v dpkg-query >/dev/null; then
    say "this is not a Debian system. Install the counterparts of these packages, then run make with O2V_INSTALL=no:" >&2
    say "${packages[*]}" >&2
    exit 1
fi

installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null || true)" = installed ]
}
missing=()
for package in "${packages[@]}" "${optional[@]}"; do
    installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$suite" != bookworm ] && [ "$suite" != trixie ]; then
    say "warning: this is '$suite'; only Debian's bookworm and trixie are tried. Going on with trixie's package names."
fi
say "missing packages: ${missing[*]}"
if [ $dry_run = yes ]; then
    exit 0
fi

as_root=()
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo >/dev/null; then
        say "not root, and there is no sudo. As root, run: apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    as_root=(sudo)
    [ -t 0 ] || as_root=(sudo -n)  # nobody is there to type a password
fi
apt() {
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=600 "$@"
}

say "apt-get update"
apt update -qq
for package in "${optional[@]}"; do
    if ! installed "$package" && ! apt-cache show "$package" >/dev/null 2>&1; then
        say "there is no package $package here; going on without it"
        mapfile -t missing < <(printf '%s\n' "${missing[@]}" | grep -vx "$package")
    fi
done
[ ${#missing[@]} -gt 0 ] || exit 0
# Debian 12: libboost1.81-dev takes the place of libboost1.74-dev and of what is built on it.
removed=$(apt install -s --no-install-recommends "${missing[@]}" | sed -n 's/^Remv \([^ ]*\).*/\1/p' | tr '\n' ' ')
if [ -n "$removed" ]; then
    say "these packages exclude the missing ones and are REMOVED: $removed"
fi
say "apt-get install ${missing[*]}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! apt install -y --no-install-recommends "${missing[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    say "apt-get failed; its messages stand above" >&2
    exit 1
fi
say "done: $(grep -c '^Setting up ' "$log" || true) packages set up, with what they depend on"
