#!/usr/bin/env bash
# Prints the Debian packages whose libraries the programs load, one a line: what a machine needs to run what another
# one has built.
#
#   cmake/setup/runtime_packages.sh build/release/bin/o2v-tune build/release/bin/o2v-worker
set -euo pipefail

[ $# -gt 0 ] || {
    echo "runtime_packages: usage: runtime_packages.sh PROGRAM ..." >&2
    exit 2
}
listing=$(for program in "$@"; do
    ldd "$program" || {
        echo "runtime_packages: $program: is no program whose libraries can be told" >&2
        exit 1
    }
done)
if missing=$(grep 'not found' <<<"$listing"); then
    printf 'runtime_packages: a library is missing here:\n%s\n' "$missing" >&2
    exit 1
fi
sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' <<<"$listing" | sort -u | while read -r library; do
    file=$(readlink -f "$library")
    # Debian 12 records some libraries below /lib, which is /usr/lib.
    owner=$(dpkg-query -S "$file" 2>/dev/null || dpkg-query -S "${file#/usr}" 2>/dev/null) || {
        echo "runtime_packages: $file belongs to no package" >&2
        exit 1
    }
    echo "${owner%%:*}"
done | sort -u
