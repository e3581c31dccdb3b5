#!/usr/bin/env bash
# Writes a man page for every program, and for every command of o2v-tune and o2v-prepare, made by help2man of what they
# say with --help: FOLDER/o2v-tune.1.gz, FOLDER/o2v-tune-models-show.1.gz, ...
#
#   cmake/setup/manuals.sh FOLDER build/release/bin/o2v-tune build/release/bin/o2v-prepare ...
set -euo pipefail
folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
declare -A about=(
    [o2v-tune]="tunes and trains Object2Vec, and answers with its models"
    [o2v-worker]="runs trials for o2v-tune and answers with a model"
    [o2v-command-worker]="runs trials of other programs for o2v-tune"
    [o2v-pilot]="runs trials for an o2v-tune on another machine"
    [o2v-prepare]="turns public data sets into training pairs"
    [o2v-serve]="a trained Object2Vec model over HTTP"
)

# page "o2v-tune models show" "what it does" [its parent's page]
page() {
    local command=$1 what=$2 parent=${3:-o2v-tune} name=${1// /-} commands='' child text
    case $command in
        o2v-tune* | o2v-prepare*)
            commands=$($command --help | awk '/^Subcommands:/ { inside = 1; next } inside && !/^ / { exit } inside && /^  [a-z]/')
            ;;
    esac
    {
        printf '[SEE ALSO]\n'
        [ "$parent" = "$name" ] || printf '.BR %s (1),\n' "$parent"
        while read -r child _; do
            [ -z "$child" ] || printf '.BR %s-%s (1),\n' "$name" "$child"
        done <<<"$commands"
        printf '/usr/share/doc/o2v\\-tune/README.md\n'
    } >"$scratch/more"
    # An example's lines stay lines; a page of a command is named after it.
    help2man --no-info --no-discard-stderr --version-string "$version" --name "$what" --include "$scratch/more" "$command" |
        awk -v name="$name" '
            $1 == ".TH" { sub(/^\.TH [^"]*"1"/, ".TH " toupper(name) " \"1\"") }
            is_name { sub(/^.* \\- /, name " \\- ") }
            { is_name = /^\.SH NAME/ }
            /^\.S[HS]/ { if (filled == "no") print ".fi"; filled = ""; example = /^\.S[HS] "?(EXAMPLE|Example|Start with)/ }
            example && filled == "no" && /^\.(PP|IP)/ { print ".fi"; filled = "" }
            { print }
            example && /^\.IP/ { print ".nf"; filled = "no" }
            END { if (filled == "no") print ".fi" }' | gzip -9nc >"$folder/$name.1.gz"
    while read -r child text; do
        [ -z "$child" ] || page "$command $child" "$text" "$name"
    done <<<"$commands"
}

for program in "$@"; do
    name=$(basename "$program")
    PATH=$(cd "$(dirname "$program")" && pwd):$PATH
    read -r _ version < <("$name" --version)
    page "$name" "${about[$name]}"
done
echo "manuals: $(find "$folder" -name '*.1.gz' | wc -l) pages"
