#!/usr/bin/env bash
# Prints what bash completes the last word to, one a line, through the completion that is installed, or that SCRIPT holds.
#
#   [SCRIPT=orchestrator/cli/completion.sh] cmake/setup/completed.sh o2v-tune leaderboard --format m
set -euo pipefail
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
COMPREPLY=()
compopt() { :; } # there is no line that is being typed
set +eu
if [ -n "${SCRIPT:-}" ]; then
    # shellcheck source=/dev/null
    . "$(realpath "$SCRIPT")"
else
    # shellcheck source=/dev/null
    . /usr/share/bash-completion/bash_completion
    _completion_loader o2v-tune || __load_completion o2v-tune
fi
_o2v_tune "$1" "${COMP_WORDS[COMP_CWORD]}"
printf '%s\n' "${COMPREPLY[@]}"
