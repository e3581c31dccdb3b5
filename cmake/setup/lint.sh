#!/usr/bin/env bash
# lint.sh format: clang-format rewrites every tracked .hpp and .cpp.
# lint.sh check:  layout (clang-format 14, the version the layout is defined by), clang-tidy over the sources that need
#                 no LibTorch, syntax of bash, JavaScript and JSON; nothing left of a merge. Prints every complaint, then fails.
set -euo pipefail
cd "$(dirname "$0")/../.."

readonly kFormatVersion=14
readonly kTidied='^(search|reports|model/data|model/hyperparameters|worker/protocol|experiments)/'
action=${1:-check}
failed=()

cmake/setup/install.sh build test lint

# The tool with its Debian version suffix when there is one; empty when it is absent.
tool() {
    local name
    for name in "$1-$kFormatVersion" "$1"; do
        if command -v "$name" >/dev/null; then
            echo "$name"
            return
        fi
    done
}

sources() {
    git -c safe.directory='*' ls-files --cached --others --exclude-standard -- '*.hpp' '*.cpp'
}

formatter=$(tool clang-format)
if [ "$action" = format ]; then
    sources | xargs -r -d '\n' "$formatter" -i
    echo "format: $(sources | wc -l) files, $("$formatter" --version)"
    exit 0
fi

if git -c safe.directory='*' grep -nE '^(<<<<<<<|>>>>>>>) ' -- . >&2; then
    failed+=("what a merge has left")
fi

version=$([ -z "$formatter" ] || "$formatter" --version | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
if [ "$version" = "$kFormatVersion" ]; then
    if sources | xargs -r -d '\n' "$formatter" --dry-run -Werror; then
        echo "lint: layout of $(sources | wc -l) files"
    else
        failed+=("layout (make format repairs it)")
    fi
else
    echo "lint: layout skipped: clang-format is version ${version:-none}, the layout is that of $kFormatVersion"
fi

tidy=$([ "${TIDY:-yes}" = no ] || tool clang-tidy)
if [ -n "$tidy" ]; then
    # A tree of its own, without LibTorch, for the compile commands. The rooms that include Boost take minutes each
    # and are left to the compiler's warnings and the sanitizers.
    cmake --preset dev -B build/lint -DO2V_WITH_TORCH=OFF -DO2V_WERROR=OFF >/dev/null
    mapfile -t checked < <(sources | grep -E "$kTidied" | grep '\.cpp$')
    if printf '%s\0' "${checked[@]}" | xargs -0 -n 1 -P "$(nproc)" "$tidy" -p build/lint --quiet 2>/dev/null; then
        echo "lint: clang-tidy on ${#checked[@]} sources"
    else
        failed+=("clang-tidy")
    fi
else
    echo "lint: clang-tidy skipped: not installed, or TIDY=no"
fi

mapfile -t scripts < <(git -c safe.directory='*' ls-files --cached --others --exclude-standard -- '*.sh' .ci/run)
for script in "${scripts[@]}"; do
    bash -n "$script" || failed+=("$script")
done
if command -v shellcheck >/dev/null; then
    shellcheck "${scripts[@]}" || failed+=("shellcheck")
fi
echo "lint: ${#scripts[@]} shell scripts"

if cmake/setup/dockerfile_lint.sh Dockerfile; then
    echo "lint: Dockerfile"
else
    failed+=("Dockerfile")
fi

if command -v node >/dev/null; then
    mapfile -t scripts < <(git -c safe.directory='*' ls-files --cached --others --exclude-standard -- '*.js' '*.mjs')
    for script in "${scripts[@]}"; do
        node --check "$script" || failed+=("$script")
    done
    echo "lint: ${#scripts[@]} JavaScript files"
fi

if command -v python3 >/dev/null; then
    mapfile -t documents < <(git -c safe.directory='*' ls-files --cached --others --exclude-standard -- '*.json')
    for document in "${documents[@]}"; do
        python3 -c 'import json, sys; json.load(open(sys.argv[1], encoding="utf-8"))' "$document" ||
            failed+=("$document")
    done
    echo "lint: ${#documents[@]} JSON files"
fi

if [ ${#failed[@]} -gt 0 ]; then
    printf 'lint: failed: %s\n' "${failed[@]}" >&2
    exit 1
fi
