#!/usr/bin/env python3
"""Pilots on a private Slurm cluster of this machine: how soon the first trial, how soon the next, how many a second.

    tests/bench/cluster.py build/release/bin [one|many ...] [--pilots 200]

one: 3,000 trials that compute nothing through one pilot; many: 60,000 through --pilots of them, with o2v-tune's memory
while they run. Needs Debian's slurmctld, slurmd, slurm-client, munge.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SLURM = os.path.join(os.path.dirname(HERE), "slurm")


def experiment(pilots, trials):
    space = {"x0": {"type": "float", "min": -5, "max": 10}, "x1": {"type": "float", "min": 0, "max": 15}}
    return {"name": "cluster", "problem": "branin", "fixed": {"epochs": 1, "epoch_seconds": 0},
            "objective": {"metric": "validation:loss"}, "search": {"strategy": "random", "seed": 1, "space": space},
            "budget": {"trials": trials},
            "resources": {"executor": "slurm", "pilots": pilots, "per_pilot": {"cores": 1}, "time": "30m"}}


def resident_mib(pid):
    try:
        with open(f"/proc/{pid}/status") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS"))
    except (OSError, StopIteration):
        return 0.0


class Cluster:
    def __init__(self, cpus):
        self.folder = tempfile.mkdtemp(prefix="o2v-cluster-", dir="/tmp")
        self.of_daemons = dict(os.environ, CLUSTER_CPUS=str(cpus), CLUSTER_OWNER=str(os.getpid()))
        os.chmod(self.folder, 0o755)

    def __enter__(self):
        subprocess.run([f"{SLURM}/cluster-up.sh", self.folder + "/c"], check=True, env=self.of_daemons, stdout=subprocess.DEVNULL)
        told = subprocess.run(["bash", "-c", f". {self.folder}/c/env && env -0"], check=True, capture_output=True, text=True).stdout
        self.environment = dict(entry.split("=", 1) for entry in told.split("\0") if "=" in entry)
        return self

    def __exit__(self, *_):
        subprocess.run([f"{SLURM}/cluster-down.sh", self.folder + "/c"], stdout=subprocess.DEVNULL)
        subprocess.run(["rm", "-rf", self.folder])


def play(programs, cluster, pilots, trials):
    """Seconds until the first trial began, the moments at which trials ended, and o2v-tune's largest memory meanwhile."""
    with tempfile.TemporaryDirectory(dir=cluster.folder) as folder:
        os.chmod(folder, 0o755)
        with open(f"{folder}/cluster.json", "w") as file:
            json.dump(experiment(pilots, trials), file)
        began = time.monotonic()
        with open(f"{folder}/errors.txt", "w+") as errors:
            process = subprocess.Popen([os.path.join(os.path.abspath(programs), "o2v-tune"), "run", "cluster.json", "--out", "study", "--json"],
                                       cwd=folder, env=cluster.environment, stdout=subprocess.PIPE, stderr=errors, text=True)
            first, ended, memory = None, [], 0.0
            for line in process.stdout:
                if '"attempt_started"' in line and first is None:
                    first = time.monotonic() - began
                elif '"trial_ended"' in line:
                    ended.append(json.loads(line)["time_ms"] / 1e3)
                    if len(ended) % 1000 == 0:
                        memory = max(memory, resident_mib(process.pid))
            if process.wait() != 0 or len(ended) != trials:
                errors.seek(0)
                sys.exit(f"cluster: {len(ended)} of {trials} trials ended, exit code {process.returncode}: {errors.read()[-800:]}")
    return first, ended, memory


def one(options):
    with Cluster(4) as cluster:
        first, ended, _ = play(options.programs, cluster, 1, 3_000)
    apart = 1e3 * (ended[-1] - ended[0]) / (len(ended) - 1)
    print(f"from o2v-tune run to the first trial: {first:.2f} s")
    print(f"one pilot: {1e3 / apart:.0f} trials a second, {apart:.1f} ms from a start to the next", flush=True)


def many(options):
    with Cluster(-(-options.pilots // 3) + 3) as cluster:
        _, ended, memory = play(options.programs, cluster, options.pilots, 60_000)
    # What starts and connects while others work is left out: the second half counts.
    half = len(ended) // 2
    print(f"{options.pilots} pilots: {(len(ended) - half - 1) / (ended[-1] - ended[half]):.0f} trials a second; o2v-tune at "
          f"{memory:.0f} MiB", flush=True)


def main():
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs")
    parser.add_argument("what", nargs="*", default=["one", "many"])
    parser.add_argument("--pilots", type=int, default=200)
    options = parser.parse_args()
    for name in options.what:
        {"one": one, "many": many}[name](options)


if __name__ == "__main__":
    main()
