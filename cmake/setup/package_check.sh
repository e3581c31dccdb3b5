#!/usr/bin/env bash
# Installs a Debian package of o2v-tune in a bare Debian (this machine's release), in a folder of its own, and uses it as a
# person would: versions, help, man, completion, doctor, data, a tuning, a report, a served model. Needs root, network
# and about 5 minutes.
#
#   cmake/setup/package_check.sh build/release/o2v-tune_1.0.0_amd64.deb
#   SUITE=trixie MIRROR=http://deb.debian.org/debian cmake/setup/package_check.sh FILE
# shellcheck disable=SC2016  # what `inside` is given is expanded there
set -euo pipefail
cd "$(dirname "$0")/../.."
say() { echo "package: $*"; }
if [ $# != 1 ] || [ ! -f "$1" ]; then
    say "usage: package_check.sh PACKAGE.deb" >&2
    exit 2
fi
# shellcheck source=cmake/setup/bare_debian.sh
. cmake/setup/bare_debian.sh
alone "$PWD/cmake/setup/package_check.sh" "$(realpath "$1")"
# shellcheck source=/dev/null
suite=${SUITE:-$(. /etc/os-release && echo "$VERSION_CODENAME")}
root=$PWD/build/package/$suite
finish() {
    local status=$?
    unmount_system "$root"
    rm -rf --one-file-system "$root"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM
inside() { in_debian "$root" LANG=C.UTF-8 O2V_SHARE_CORES=1 /bin/bash -euo pipefail -c "cd /root; $1"; }

begin=$SECONDS
make_debian "$suite" "$root"
mount_system "$root"
cp "$1" "$root/root/o2v-tune.deb"
quietly "$root.log" inside 'apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq ./o2v-tune.deb
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends man-db bash-completion curl'
say "Debian $suite, installed after $((SECONDS - begin)) s: $(inside 'dpkg-query -W -f "\${Package} \${Version}" o2v-tune')"

version=$(inside 'dpkg-query -W -f "\${Version}" o2v-tune')
for program in $(inside 'dpkg -L o2v-tune' | sed -n 's|^/usr/bin/||p'); do
    said=$(inside "$program --version")
    [ "$said" = "$program $version" ] || {
        say "$program --version says $said" >&2
        exit 1
    }
    inside "$program --help >/dev/null; man -P cat $program | grep -q '^SYNOPSIS'"
done
inside "man -P cat o2v-tune-models-show | grep -q 'o2v-tune models show wordnet --version 2'"
say "versions, help and man pages of $(inside 'dpkg -L o2v-tune' | grep -c '^/usr/bin/') programs"

cp cmake/setup/completed.sh "$root/root/completed.sh"
completed=$(inside "bash completed.sh o2v-tune lead")
[ "$completed" = leaderboard ] || {
    say "completion makes '$completed' of lead" >&2
    exit 1
}
say "completion: lead -> $completed"

inside 'o2v-tune doctor || [ $? = 1 ]' | tee "$root.log" | grep -i blas
grep -qi openblas "$root.log" || {
    say "LibTorch does not call OpenBLAS" >&2
    exit 1
}
inside 'cp -r /usr/share/o2v-tune/experiments . && o2v-prepare wordnet --out experiments/data >/dev/null
    o2v-tune run experiments/wordnet.json --max-trials 2 --max-time 5m --quiet
    o2v-tune leaderboard
    o2v-tune report -o report.html && grep -q "</html>" report.html
    o2v-tune predict wordnet --in0 spaniel --in1 "a small dog with long silky hair and drooping ears" | head -3
    o2v-tune serve wordnet --port 8124 >serve.log 2>&1 &
    server=$!
    for second in {1..60}; do curl -sf localhost:8124/ping && break; sleep 1; done
    curl -sf localhost:8124/invocations -H "Content-Type: application/json" \
        -d "{\"instances\": [{\"in0\": [15], \"in1\": [18, 15]}]}" | head -c 100; echo
    kill $server && wait $server'
inside 'apt-get purge -y -qq o2v-tune >/dev/null 2>&1; ! command -v o2v-tune; [ ! -e /usr/share/o2v-tune ]'
say "removed without a trace; $((SECONDS - begin)) s in all"
