#!/usr/bin/env python3
"""o2v-tune alone: trials that compute nothing, commands that only print, trials of a second, and how soon it answers.

    tests/bench/orchestration.py build/release/bin [noop|many|command|idle|answers ...]

noop: 10,000 trials without work; many: 100,000, with o2v-tune's memory and `status` of that study; command: 3,000 of
`sh -c 'echo loss=1'`; idle: 60 trials of a second on two slots; answers: `--version`, `status`. Standard library only.
"""
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

WHAT = ("noop", "many", "command", "idle", "answers")
SPACE = {"x0": {"type": "float", "min": -5, "max": 10}, "x1": {"type": "float", "min": 0, "max": 15}}


def study(folder, name, trials, **more):
    experiment = {"name": name, "objective": {"metric": "validation:loss"}, "search": {"strategy": "random", "seed": 1, "space": SPACE},
                  "budget": {"trials": trials}, "resources": {"slots": 2}, **more}
    with open(f"{folder}/{name}.json", "w") as file:
        json.dump(experiment, file)
    return [f"{name}.json", "--out", name, "--quiet", "--share"]


def problem(epoch_seconds):
    return {"problem": "branin", "fixed": {"epochs": 1, "epoch_seconds": epoch_seconds}}


class Bench:
    def __init__(self, programs, folder):
        self.tune, self.folder = os.path.join(os.path.abspath(programs), "o2v-tune"), folder

    def run(self, arguments):
        """Runs a study; gives back its seconds, o2v-tune's largest memory in MiB, and what it printed."""
        process = subprocess.Popen([self.tune, "run", *arguments], cwd=self.folder, stdout=subprocess.PIPE, text=True)
        began, output = time.monotonic(), process.stdout.read()
        # The memory of o2v-tune itself: its workers are others' children by then, or smaller.
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
        if status != 0:
            sys.exit(f"orchestration: o2v-tune run ended with {os.waitstatus_to_exitcode(status)}: {output}")
        return seconds, used.ru_maxrss / 1024, output

    def noop(self):
        seconds, _, _ = self.run(study(self.folder, "noop", 10_000, **problem(0)))
        print(f"trials without work: {10_000 / seconds:.0f} a second")

    def many(self):
        seconds, memory, _ = self.run(study(self.folder, "many", 100_000, **problem(0)))
        print(f"100,000 trials without work: {100_000 / seconds:.0f} a second; largest memory {memory:.0f} MiB")
        self.asked("status of 100,000 trials", ["status", "many"])

    def command(self):
        objective = {"command": ["sh", "-c", "echo loss=1"], "metric": "validation:loss",
                     "metrics": [{"name": "validation:loss", "regex": "loss=(\\S+)"}]}
        seconds, _, _ = self.run(study(self.folder, "command", 3_000, objective=objective))
        print(f"external commands: {3_000 / seconds:.0f} a second")

    def idle(self):
        arguments = study(self.folder, "idle", 60, **problem(1.0))
        arguments.remove("--quiet")
        _, _, output = self.run(arguments)
        told = re.search(r"idle ([\d.]+) ?%", output)
        print(f"slots idle: {told[1]} %" if told else f"no idle time told: {output[-600:]}")

    def answers(self):
        self.run(study(self.folder, "small", 20, **problem(0)))
        self.asked("--version", ["--version"])
        self.asked("status", ["status", "small"])

    def asked(self, name, arguments):
        times = []
        for _ in range(7):
            began = time.monotonic()
            subprocess.run([self.tune, *arguments], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
            times.append(time.monotonic() - began)
        print(f"{name}: {1e3 * sorted(times)[len(times) // 2]:.0f} ms")


def main():
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    names = sys.argv[2:] or WHAT
    unknown = [name for name in names if name not in WHAT]
    if unknown or not os.access(os.path.join(sys.argv[1], "o2v-tune"), os.X_OK):
        print(f"orchestration: {', '.join(unknown)}: is none of {', '.join(WHAT)}" if unknown else
              f"orchestration: {sys.argv[1]} has no o2v-tune", file=sys.stderr)
        sys.exit(2)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(sys.argv[1], folder)
        for name in names:
            getattr(bench, name)()
            sys.stdout.flush()


if __name__ == "__main__":
    main()
