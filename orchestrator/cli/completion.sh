# shellcheck shell=bash
# bash completion of o2v-tune, which tells itself what may stand where.
_o2v_tune() {
    local word program=$1 words=("${COMP_WORDS[@]:1:COMP_CWORD}")
    # shellcheck disable=SC2088
    [[ $program != '~/'* ]] || program=$HOME/${program#'~/'}
    COMPREPLY=()
    while IFS= read -r word; do
        case $word in
            :files)
                compopt -o filenames
                mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "$2")
                ;;
            *)
                [[ $word != *= ]] || compopt -o nospace
                COMPREPLY+=("$word")
                ;;
        esac
    done < <("$program" completion words "${words[@]/#/=}" 2>/dev/null)
}
complete -F _o2v_tune o2v-tune
