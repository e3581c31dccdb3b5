#!/usr/bin/env bash
# Prints a Dockerfile's instructions, one a line: "NUMBER INSTRUCTION arguments", continued lines joined by blanks.
#
#   cmake/setup/dockerfile_steps.sh Dockerfile
set -euo pipefail

awk '
    !joined && /^[[:space:]]*(#|$)/ { next }
    joined && /^[[:space:]]*#/ { next }
    {
        line = $0
        sub(/^[[:space:]]+/, "", line)
        if (!joined) first = NR
        more = sub(/[[:space:]]*\\[[:space:]]*$/, "", line)
        text = joined ? text " " line : line
        joined = more
        if (!more) {
            name = text
            sub(/[[:space:]].*/, "", name)
            arguments = text
            if (!sub(/^[^[:space:]]+[[:space:]]+/, "", arguments)) arguments = ""
            print first, toupper(name), arguments
        }
    }
    END { if (joined) { print "the last line is continued, and there is none after it" > "/dev/stderr"; exit 1 } }
' "$1"
