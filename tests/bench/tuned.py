#!/usr/bin/env python3
"""What an experiment comes to: runs it anew, and prints the seconds it took and the metrics of its best trial.

    tests/bench/tuned.py build/release/bin experiments/wordnet-single.json [--prepare "wordnet"] [-- --max-trials 1 --slots 1]

--prepare are o2v-prepare's arguments, its data goes to experiments/data. What follows -- goes to `o2v-tune run`.
The clock starts with o2v-tune, so reading the pairs counts: they are read anew.
"""
import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time


def main():
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs")
    parser.add_argument("experiment")
    parser.add_argument("--prepare", default="")
    parser.add_argument("--core", default="", help="pinned to these cores")
    parser.epilog = "what follows -- is for o2v-tune run"
    words = sys.argv[1:]
    own = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:own])
    options.more = words[own + 1:]
    if options.prepare:
        subprocess.run([os.path.join(options.programs, "o2v-prepare"), *shlex.split(options.prepare), "--out", "experiments/data"],
                       check=True, stdout=subprocess.DEVNULL)
    pinned = ["taskset", "-c", options.core] if options.core else []
    with tempfile.TemporaryDirectory() as folder:
        command = pinned + [os.path.join(options.programs, "o2v-tune"), "run", options.experiment, "--out", folder + "/study", "--json",
                            "--share", *options.more]
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ, O2V_CACHE_DIR=folder + "/cache"))
        metrics, best = {}, None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "trial_ended" and "metrics" in event["ending"]:
                metrics[event["trial"]] = event["ending"]["metrics"]
            if event["event"] == "run_ended":
                best = event["best_trial"]
        seconds = time.monotonic() - began
        if process.wait() != 0 or best is None:
            sys.exit(f"tuned: o2v-tune ended with {process.returncode}, best trial {best}")
    print(f"seconds: {seconds:.1f}; trials ended with figures: {len(metrics)}; best: trial {best}")
    for name, value in sorted(metrics[best].items()):
        print(f"{name} {value:.5g}")


if __name__ == "__main__":
    main()
