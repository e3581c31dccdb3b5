#!/usr/bin/env bash
# Carries the Dockerfile's steps out without a container engine: each stage is a minimal Debian in a folder below
# build/dockerfile. Then starts the image's entry point there as `train`, as `train` that is told to stop, and as
# `serve`, and asks what it serves. Needs root, network and about 25 minutes; prints how long each step took.
#
#   cmake/setup/dockerfile_in_chroot.sh [--keep] [--build-arg SUITE=bookworm]
set -euo pipefail
cd "$(dirname "$0")/../.."

keep=no
declare -A arguments=()
while [ $# -gt 0 ]; do
    case $1 in
        --keep) keep=yes ;;
        --build-arg)
            [[ ${2:-} == *=* ]] || {
                echo "dockerfile: --build-arg needs NAME=VALUE" >&2
                exit 2
            }
            arguments[${2%%=*}]=${2#*=}
            shift
            ;;
        *)
            echo "dockerfile: unknown argument '$1'; allowed: --keep, --build-arg NAME=VALUE" >&2
            exit 2
            ;;
    esac
    shift
done
# shellcheck source=cmake/setup/bare_debian.sh
. cmake/setup/bare_debian.sh
again=()
[ $keep = no ] || again+=(--keep)
for name in "${!arguments[@]}"; do again+=(--build-arg "$name=${arguments[$name]}"); done
alone "$PWD/cmake/setup/dockerfile_in_chroot.sh" "${again[@]}"
cmake/setup/dockerfile_lint.sh Dockerfile

readonly kFolder=$PWD/build/dockerfile
stages=()
finish() {
    local status=$? folder
    for folder in "${stages[@]}"; do unmount_system "$folder"; done
    [ $keep = yes ] || rm -rf --one-file-system "$kFolder"
    exit $status
}
trap finish EXIT
trap 'exit 130' INT TERM
rm -rf --one-file-system "$kFolder"
mkdir -p "$kFolder"

# "debian:${SUITE}-slim" with the values of ARG and ENV.
expand() {
    local text=$1 name
    for name in "${!arguments[@]}"; do
        text=${text//\$\{$name\}/${arguments[$name]}}
    done
    echo "$text"
}

# A stage's folder of a base image debian:SUITE[-slim].
make_base() {
    local image=$1 root=$2 suite
    [[ $image =~ ^debian:([a-z]+)(-slim)?$ ]] || {
        echo "dockerfile: $image: only debian:SUITE is known here" >&2
        exit 1
    }
    suite=${BASH_REMATCH[1]}
    [ -d "$kFolder/base-$suite" ] || make_debian "$suite" "$kFolder/base-$suite"
    cp -a "$kFolder/base-$suite" "$root"
    mount_system "$root"
    stages+=("$root")
}

root=
workdir=/
variables=()
# In the stage, at its working directory, with its environment.
inside() {
    in_debian "$root" "${variables[@]}" /bin/sh -c "mkdir -p '$workdir' && cd '$workdir' && exec \"\$@\"" sh "$@"
}

copy() {
    local from=. words=() word target
    for word in $1; do
        case $word in
            --from=*) from=$kFolder/${word#--from=} ;;
            *) words+=("$word") ;;
        esac
    done
    target=${words[-1]}
    [[ $target == /* ]] || target=$workdir/$target
    for word in "${words[@]:0:${#words[@]}-1}"; do
        if [ "$word" = . ]; then
            # The context, as .dockerignore leaves it.
            mkdir -p "$root$target"
            tar --anchored --exclude-from=.dockerignore --transform 's|^\./||' -cf - -- * .dockerignore | tar -xf - -C "$root$target"
        else
            if [[ $target == */ ]]; then mkdir -p "$root$target"; else mkdir -p "$(dirname "$root$target")"; fi
            cp -a "$from/${word#/}" "$root$target"
        fi
    done
}

entrypoint=()
number=0
while read -r line instruction words; do
    begin=$SECONDS
    text=$(expand "$words")
    case $instruction in
        ARG) [ -n "${arguments[${text%%=*}]:-}" ] || arguments[${text%%=*}]=${text#*=} ;;
        FROM)
            read -r image _ stage <<<"$text"
            root=$kFolder/${stage:-stage-$number}
            number=$((number + 1))
            workdir=/
            variables=()
            make_base "$image" "$root"
            ;;
        WORKDIR) workdir=$text ;;
        COPY) copy "$text" ;;
        ENV) variables+=("$text") ;;
        RUN) quietly "$kFolder/step.log" inside /bin/sh -c "$words" || {
            echo "dockerfile: line $line failed: RUN $words" >&2
            exit 1
        } ;;
        ENTRYPOINT) mapfile -t entrypoint < <(tr -d '[]"' <<<"$text" | tr ',' '\n' | sed 's/^ *//') ;;
        CMD | EXPOSE) ;;
        *)
            echo "dockerfile: line $line: $instruction is not known here" >&2
            exit 1
            ;;
    esac
    printf 'dockerfile: %4d s  %s %s\n' $((SECONDS - begin)) "$instruction" "${words:0:80}"
done < <(cmake/setup/dockerfile_steps.sh Dockerfile)
echo "dockerfile: the image takes $(du -sh --one-file-system "$root" | cut -f1)"

cmake/setup/container_check.sh "$root/opt/ml" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    "${variables[@]}" chroot "$root" "${entrypoint[@]}"
