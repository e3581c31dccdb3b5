#!/usr/bin/env bash
# From a built tree to a tuned model that answers in words: what `make quickstart` runs after the build. Repeating it
# continues or shows the study that is there.
#
#   cmake/setup/quickstart.sh build/release/bin
set -euo pipefail
cd "$(dirname "$0")/../.."
bin=${1:-build/release/bin}
model=runs/wordnet/models/wordnet/current

echo "== Data: WordNet as training pairs"
"$bin/o2v-prepare" wordnet --out experiments/data

echo
echo "== Tuning: experiments/wordnet.json"
"$bin/o2v-tune" run experiments/wordnet.json

echo
echo "== The best model, asked in words: which of WordNet's 26 classes?"
"$bin/o2v-tune" predict "$model" <<'QUERIES'
{"in0": "spaniel", "in1": "a small dog with long silky hair and drooping ears"}
{"in0": "violin", "in1": "a wooden instrument with four strings that is played with a bow"}
{"in0": "jealousy", "in1": "a feeling of fear that somebody else is preferred"}
{"in0": "thunderstorm", "in1": "a storm with lightning and heavy rain"}
{"in0": "marmalade", "in1": "a sweet preserve of oranges, spread on toast"}
QUERIES

cat <<EOF

== Next
  $bin/o2v-tune leaderboard runs/wordnet --all
      every trial, best first
  $bin/o2v-tune predict wordnet --in0 teapot --in1 "a pot in which tea is brewed"
      your own questions
  $bin/o2v-tune run experiments/wordnet-match.json
      words and their definitions in one space
  experiments/README.md
      the other experiments, MovieLens among them
EOF
