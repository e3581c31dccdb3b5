#!/usr/bin/env python3
"""How long until a good model: o2v-tune and an Optuna sweep over the same space, data, budget and cores, in turn.

    tests/bench/race.py --ratings ml-100k --peer ../shared/bench/optuna_pytorch_sweep.py --python /usr/bin/python3
                        [--cores 1] [--seeds 1,2,3] [--seconds 300] [--peer-seconds 900] [--only ours|peer]
                        [--experiment experiments/movielens-race.json] [--targets 0.93,0.91,0.90] [--bin build/release/bin]

Both are pinned to the same cores. The clock starts with the process, so loading LibTorch, PyTorch and the data counts.
A target is "seen" when an epoch of any trial has a validation MSE of at most that, and "held" when a trial has ended
with it. The peer is one process of one thread; on several cores it runs once a core with a seed of its own (the seed,
the seed + 1000, ...), and the first one to reach a target counts. A program that has reached the last target in both senses is ended.
The peer's runs are kept in --out and not repeated while nothing about them has changed; --fresh repeats them.
"""
import argparse
import hashlib
import json
import os
import selectors
import shutil
import signal
import statistics
import subprocess
import sys
import time

import peers

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))
METRIC = "validation:mean_squared_error"
TOLD = "told by the race:"
# Has the sweep, which prints trials, tell its epochs as well.
PEER_START = f"""
import runpy, sys, optuna
report = optuna.trial.Trial.report
def told(self, value, step):
    print("{TOLD}", value, flush=True)
    return report(self, value, step)
optuna.trial.Trial.report = told
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def peer_values(line):
    """What a line of the sweep tells: (value of an epoch, value of an ended trial, trials ended)."""
    if line.startswith(TOLD):
        return float(line[len(TOLD):]), None, 0
    fields = line.split()
    if "COMPLETE" in fields:
        return None, float(fields[fields.index("COMPLETE") + 1]), 1
    return None, None, 1 if "PRUNED" in fields else 0


def our_values(line):
    """The same of an event of `o2v-tune run --json`."""
    event = json.loads(line)
    if event["event"] == "reported":
        return event["measurement"]["metrics"].get(METRIC), None, 0
    if event["event"] == "trial_ended":
        ending = event["ending"]
        completed = ending["state"] == "completed"
        return None, ending.get("metrics", {}).get(METRIC) if completed else None, 1
    return None, None, 0


def play(commands, read, seconds, last_target, folder):
    """Runs programs side by side and follows their best values: [[seconds, value], ...] seen and held."""
    os.makedirs(folder, exist_ok=True)
    started = time.monotonic()
    running, waiting, logs = [], selectors.DefaultSelector(), []
    for number, (command, environment) in enumerate(commands):
        errors = open(os.path.join(folder, f"errors-{number}.txt"), "w")
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=environment, start_new_session=True)
        os.set_blocking(process.stdout.fileno(), False)
        waiting.register(process.stdout, selectors.EVENT_READ, [process, b""])
        running.append(process)
        logs.append(errors)
    seen, held, trials = [], [], 0
    output = open(os.path.join(folder, "output.txt"), "w")

    def better(curve, value, now):
        if value is not None and value == value and (not curve or value < curve[-1][1]):
            curve.append([round(now, 2), value])

    try:
        while waiting.get_map() and time.monotonic() - started < seconds:
            for key, _ in waiting.select(timeout=0.5):
                now = time.monotonic() - started
                data = key.fileobj.read()
                if not data:
                    waiting.unregister(key.fileobj)
                    continue
                *lines, key.data[1] = (key.data[1] + data).split(b"\n")
                for line in (line.decode(errors="replace") for line in lines):
                    output.write(f"{now:.2f} {line}\n")
                    epoch, ended, more = read(line)
                    better(seen, epoch, now)
                    better(held, ended, now)
                    trials += more
            if held and held[-1][1] <= last_target and seen and seen[-1][1] <= last_target:
                break
        ran = time.monotonic() - started
        codes = [process.poll() for process in running]
    finally:
        for process in running:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
    for file in logs + [output]:
        file.close()
    if not seen:
        with open(os.path.join(folder, "errors-0.txt")) as errors:
            sys.exit(f"race: {commands[0][0]}: no epoch in {ran:.0f} s (exit codes {codes}): {errors.read()[-800:]}")
    return {"seen": seen, "held": held, "trials": trials, "seconds": round(ran, 1)}


def reached(curve, target):
    return next((moment for moment, value in curve if value <= target), None)


def prepared(arguments):
    """The experiment with the paths of data that stands in --out."""
    data = os.path.join(arguments.out, "data")
    subprocess.run([os.path.join(arguments.bin, "o2v-prepare"), "movielens", "--source", arguments.ratings, "--out", data],
                   check=True, stdout=subprocess.DEVNULL)
    with open(arguments.experiment) as file:
        experiment = json.load(file)
    folder = os.path.join(data, "movielens-rating")
    experiment.pop("$schema", None)
    experiment["data"] = {"train": f"{folder}/train.jsonl", "validation": f"{folder}/validation.jsonl",
                          "vocabulary": {"in0": f"{folder}/vocabulary0.json", "in1": f"{folder}/vocabulary1.json"}}
    path = os.path.join(arguments.out, "experiment.json")
    with open(path, "w") as file:
        json.dump(experiment, file, indent=2)
    return path


def ours(arguments, experiment, seed, cores):
    folder = os.path.join(arguments.out, f"ours-{len(cores)}-{seed}")
    shutil.rmtree(folder, ignore_errors=True)
    command = ["taskset", "-c", ",".join(cores), os.path.join(arguments.bin, "o2v-tune"), "run", experiment, "--out",
               os.path.join(folder, "study"), "--seed", str(seed), "--max-time", f"{arguments.seconds}s", "--json", "--share"]
    # Pairs are read anew each time, as the peer does.
    environment = dict(os.environ, O2V_CACHE_DIR=os.path.join(folder, "cache"))
    run = play([(command, environment)], our_values, arguments.seconds + 5, arguments.targets[-1], folder)
    shutil.rmtree(os.path.join(folder, "cache"), ignore_errors=True)
    return run


def peer(arguments, seed, cores):
    folder = os.path.join(arguments.out, f"peer-{len(cores)}-{seed}")
    with open(arguments.peer, "rb") as file:
        version = hashlib.sha256(file.read()).hexdigest()[:16]
    about = {"program": version, "python": arguments.python, "seconds": arguments.peer_seconds, "targets": arguments.targets,
             "cores": cores}
    result = os.path.join(folder, "result.json")
    if not arguments.fresh and os.path.exists(result):
        with open(result) as file:
            kept = json.load(file)
        if kept["about"] == about:
            return kept["run"]
    script, ratings = (peers.reachable(arguments.python, path) for path in (arguments.peer, arguments.ratings))
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    commands = [(["taskset", "-c", core, *peers.words(arguments.python), "-c", PEER_START, script, ratings, "--seconds",
                  str(arguments.peer_seconds), "--seed", str(seed + 1000 * number)], environment)
                for number, core in enumerate(cores)]
    run = play(commands, peer_values, arguments.peer_seconds + 5, arguments.targets[-1], folder)
    with open(result, "w") as file:
        json.dump({"about": about, "run": run}, file)
    return run


def say(who, seed, run, targets):
    moments = ", ".join(f"{target:.2f}: " + " / ".join("-" if at is None else f"{at:.1f} s" for at in
                        (reached(run["seen"], target), reached(run["held"], target))) for target in targets)
    best = f"best seen {run['seen'][-1][1]:.4f}" + (f", held {run['held'][-1][1]:.4f}" if run["held"] else ", none held")
    print(f"{who:6} seed {seed}: {moments}; {best}, {run['trials']} trials ended, {run['seconds']:.0f} s", flush=True)


def median(runs, what, target, limit):
    """The median second of reaching the target, and whether it is one (else a lower bound: the time that was given)."""
    moments = [reached(run[what], target) for run in runs]
    middle = statistics.median([float("inf") if moment is None else moment for moment in moments])
    return (middle, True) if middle != float("inf") else (float(limit), False)


def table(ours_runs, peer_runs, arguments):
    """Rows of dicts: what, target, both medians, ratio; a bound where the median run did not reach the target."""
    rows = []
    for what in ("seen", "held"):
        for target in arguments.targets:
            row = {"what": what, "target": target}
            for who, runs, limit in (("ours", ours_runs, arguments.seconds), ("peer", peer_runs, arguments.peer_seconds)):
                if runs:
                    row[who], row[who + "_reached"] = median(runs, what, target, limit)
            if ours_runs and peer_runs and row["ours_reached"]:
                row["ratio"] = round(row["peer"] / row["ours"], 1)
            rows.append(row)
    return rows


def show(rows):
    def moment(row, who):
        if who not in row:
            return "not run"
        return f"{row[who]:.1f} s" if row[who + "_reached"] else f"not in {row[who]:.0f} s"

    print("\n| validation MSE | o2v-tune | peer | ratio |\n| --- | --- | --- | --- |")
    for row in rows:
        ratio = "" if "ratio" not in row else f"{'' if row['peer_reached'] else 'over '}{row['ratio']}"
        print(f"| {row['target']:.2f} {row['what']} | {moment(row, 'ours')} | {moment(row, 'peer')} | {ratio} |")


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ratings", required=True, help="MovieLens 100K's folder")
    parser.add_argument("--peer", default="", help="optuna_pytorch_sweep.py, or nothing with --only ours")
    parser.add_argument("--python", default="/usr/bin/python3", help="has torch and optuna")
    parser.add_argument("--bin", default=os.path.join(TREE, "build/release/bin"))
    parser.add_argument("--experiment", default=os.path.join(TREE, "experiments/movielens-race.json"))
    parser.add_argument("--out", default=os.path.join(TREE, "build/bench/race"))
    parser.add_argument("--cores", default="1", help="core numbers, as 1 or 0,1")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--peer-seconds", type=int, default=900)
    parser.add_argument("--targets", default="0.93,0.91,0.90")
    parser.add_argument("--only", choices=["ours", "peer"])
    parser.add_argument("--fresh", action="store_true")
    arguments = parser.parse_args()
    arguments.targets = sorted((float(target) for target in arguments.targets.split(",")), reverse=True)
    for name in ("out", "bin", "ratings"):
        setattr(arguments, name, os.path.abspath(getattr(arguments, name)))
    for name, path in (("ratings", "ua.base"), ("bin", "o2v-tune")):
        folder = getattr(arguments, name)
        if not os.path.isfile(os.path.join(folder, path)):
            parser.error(f"--{name} '{folder}' has no {path}")
    if arguments.only != "ours" and not os.path.isfile(arguments.peer):
        parser.error(f"--peer '{arguments.peer}' is no file (--only ours runs without it)")
    return arguments


def main():
    arguments = parsed()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(130))
    cores, seeds = arguments.cores.split(","), [int(seed) for seed in arguments.seeds.split(",")]
    print(f"cores {arguments.cores}; seconds until each target is seen / held, of {arguments.seconds} s (peer "
          f"{arguments.peer_seconds} s)", flush=True)
    if arguments.only != "ours":
        why = peers.lacks(arguments.python, "torch", "optuna")
        if why:
            sys.exit(f"race: {why}")
    experiment = prepared(arguments) if arguments.only != "peer" else None
    our_runs, peer_runs = [], []
    for seed in seeds:
        if arguments.only != "peer":
            our_runs.append(ours(arguments, experiment, seed, cores))
            say("ours", seed, our_runs[-1], arguments.targets)
        if arguments.only != "ours":
            peer_runs.append(peer(arguments, seed, cores))
            say("peer", seed, peer_runs[-1], arguments.targets)
    rows = table(our_runs, peer_runs, arguments)
    show(rows)
    with open(os.path.join(arguments.out, f"race-{len(cores)}.json"), "w") as file:
        json.dump({"cores": cores, "seeds": seeds, "ours": our_runs, "peer": peer_runs, "table": rows}, file)


if __name__ == "__main__":
    main()
