#!/usr/bin/env bash
# Checks a Dockerfile: instructions, base images, what COPY names, exec forms, apt-get's manners; RUN lines by shellcheck.
# Prints every complaint with its line, then fails.
#
#   cmake/setup/dockerfile_lint.sh [Dockerfile [CONTEXT]]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
file=${1:-$here/../../Dockerfile}
context=${2:-$(dirname "$file")}

complaints=0
complain() {
    echo "$file:$1: $2" >&2
    complaints=$((complaints + 1))
}

steps=$("$here/dockerfile_steps.sh" "$file")
readonly kKnown=' ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL RUN SHELL STOPSIGNAL USER VOLUME WORKDIR '
stages=' '
froms=0
entrypoints=0
while read -r line instruction arguments; do
    if [ "$instruction" = ADD ]; then
        complain "$line" "ADD: COPY takes files as they are, and nothing from elsewhere"
        continue
    fi
    [[ $kKnown == *" $instruction "* ]] || {
        complain "$line" "$instruction: is no instruction"
        continue
    }
    [ -n "$arguments" ] || complain "$line" "$instruction: says nothing"
    if [ $froms = 0 ] && [ "$instruction" != FROM ] && [ "$instruction" != ARG ]; then
        complain "$line" "$instruction: stands before the first FROM"
    fi
    case $instruction in
        FROM)
            froms=$((froms + 1))
            entrypoints=0
            read -r image as stage _ <<<"$arguments"
            [[ $stages == *" $image "* || $image == scratch || $image == *[:@]?* ]] ||
                complain "$line" "FROM $image: names no tag; what is built would change with every day"
            [[ $image != *:latest ]] || complain "$line" "FROM $image: latest is another image every day"
            if [ -n "${as:-}" ]; then
                [[ ${as^^} == AS && -n ${stage:-} ]] || complain "$line" "FROM: is FROM IMAGE AS NAME"
                stages+="${stage:-} "
            fi
            ;;
        RUN)
            if [[ $arguments == '['* ]]; then
                complain "$line" "RUN: write a shell's line"
            elif command -v shellcheck >/dev/null; then
                # SC2312 and the like are not on by default; a RUN line is one of sh.
                findings=$(printf '#!/bin/sh\n%s\n' "$arguments" | shellcheck -f gcc - | sed 's/^-:[0-9:]* //') || true
                while read -r finding; do
                    [ -z "$finding" ] || complain "$line" "RUN: $finding"
                done <<<"$findings"
            fi
            if [[ $arguments == *apt-get\ *install* ]]; then
                [[ $arguments == *' -y'* ]] || complain "$line" "apt-get install: without -y it waits for an answer"
                [[ $arguments == *--no-install-recommends* ]] ||
                    complain "$line" "apt-get install: without --no-install-recommends it brings what nobody needs"
                [[ $arguments == *'rm -rf /var/lib/apt/lists/'* ]] ||
                    complain "$line" "apt-get install: the lists stay in the layer; end with rm -rf /var/lib/apt/lists/*"
            fi
            [[ ! $arguments =~ (^|[[:space:]])(sudo|apt)[[:space:]] ]] ||
                complain "$line" "RUN: ${BASH_REMATCH[2]} is for people at a terminal"
            ;;
        COPY)
            read -ra words <<<"$arguments"
            from=
            sources=()
            for word in "${words[@]}"; do
                case $word in
                    --from=*) from=${word#--from=} ;;
                    --*) ;;
                    *) sources+=("$word") ;;
                esac
            done
            if [ ${#sources[@]} -lt 2 ]; then
                complain "$line" "COPY: needs a source and a place"
            elif [ ${#sources[@]} -gt 2 ] && [[ ${sources[-1]} != */ ]]; then
                complain "$line" "COPY: several sources need a folder, whose name ends in /"
            fi
            if [ -n "$from" ]; then
                [[ $stages == *" $from "* ]] || complain "$line" "COPY --from=$from: there is no such stage before"
            else
                for word in "${sources[@]:0:${#sources[@]}-1}"; do
                    compgen -G "$context/$word" >/dev/null || complain "$line" "COPY $word: is not there"
                done
            fi
            ;;
        WORKDIR) [[ $arguments == /* ]] || complain "$line" "WORKDIR $arguments: must be an absolute path" ;;
        ENTRYPOINT | CMD)
            [[ $arguments =~ ^\[\ *\"([^\"]+\",\ *\")*[^\"]+\"\ *\]$ ]] ||
                complain "$line" "$instruction: must be in exec form, [\"program\", \"argument\"], or no signal reaches the program"
            if [ "$instruction" = ENTRYPOINT ]; then
                entrypoints=$((entrypoints + 1))
                [ $entrypoints = 1 ] || complain "$line" "ENTRYPOINT: stands twice"
            fi
            ;;
        EXPOSE) [[ $arguments =~ ^[0-9]+(/(tcp|udp))?( [0-9]+(/(tcp|udp))?)*$ ]] || complain "$line" "EXPOSE $arguments: is no port" ;;
        ENV) [[ $arguments == *=* ]] || complain "$line" "ENV $arguments: must be NAME=VALUE" ;;
    esac
done <<<"$steps"
[ $froms -gt 0 ] || complain 1 "there is no FROM"
[ -e "$context/.dockerignore" ] || complain 1 "there is no .dockerignore beside it: all of the folder would be sent"
[ $complaints = 0 ]
