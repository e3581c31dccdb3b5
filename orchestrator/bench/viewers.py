#!/usr/bin/env python3
"""Do viewers of the dashboard slow a study down? Runs a study of trials that compute nothing, in turn with no
dashboard, with 0 viewers and with `--viewers` of them, and prints how many trials a second each had.

  orchestrator/bench/viewers.py build/release/bin --viewers 50 --rounds 8 [--epoch-seconds 0.01]

With epochs of no time a study has as many trials a second as o2v-tune can decide on and record.

Viewers run beside the study with the lowest priority, in one process that reads and forgets. The study takes
place in a temporary folder. Standard library only.
"""
import argparse
import json
import os
import re
import select
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile


def experiment(name, trials, epoch_seconds):
    return {"name": name, "problem": "branin", "fixed": {"epochs": 1, "epoch_seconds": epoch_seconds},
            "objective": {"metric": "validation:loss"},
            "search": {"strategy": "random", "seed": 1,
                       "space": {"x0": {"type": "float", "min": -5, "max": 10},
                                 "x1": {"type": "float", "min": 0, "max": 15}}},
            "budget": {"trials": trials}, "resources": {"slots": 1}}


def watch(port, name, viewers):
    """Follows the study `viewers` times, in a process of its own that is killed at the end."""
    ready, tell = os.pipe()
    process = os.fork()
    if process != 0:
        os.close(tell)
        os.read(ready, 1)
        os.close(ready)
        return process
    os.nice(19)
    bytes_read, connections = 0, []

    def report(*_):
        print(f"    {len(connections)} viewers read {bytes_read / 1e6:.1f} MB", file=sys.stderr, flush=True)
        os._exit(0)

    signal.signal(signal.SIGTERM, report)
    for _ in range(viewers):
        connections.append(socket.create_connection(("127.0.0.1", port)))
        connections[-1].sendall(f"GET /api/studies/{name}/events HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert b" 200 " in connections[-1].recv(64)
    os.write(tell, b"1")
    while True:
        for one in select.select(connections, [], [])[0]:
            got = len(one.recv(1 << 20))
            bytes_read += got
            if got == 0:
                connections.remove(one)


def trials_a_second(database):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        trials, seconds = db.execute(
            "SELECT count(*), (julianday(max(at)) - julianday(min(at))) * 86400 FROM event "
            "WHERE kind = 'trial_ended' AND trial >= 10").fetchone()
    return (trials - 1) / seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("programs", help="the folder of o2v-tune")
    parser.add_argument("--viewers", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--trials", type=int, default=20000)
    parser.add_argument("--epoch-seconds", type=float, default=0)
    options = parser.parse_args()
    tune = os.path.join(os.path.abspath(options.programs), "o2v-tune")
    rates = {"no dashboard": [], "0 viewers": [], f"{options.viewers} viewers": []}
    with tempfile.TemporaryDirectory() as folder:
        os.makedirs(folder + "/runs")
        environment = {**os.environ, "O2V_LOCKS": folder + "/locks", "O2V_CACHE_DIR": folder + "/cache"}
        for turn in range(options.rounds):
            for kind in rates if turn % 2 == 0 else reversed(rates):
                name = f"study-{turn}-{len(rates[kind])}-{kind.split()[0]}"
                with open(f"{folder}/{name}.json", "w") as file:
                    json.dump(experiment(name, options.trials, options.epoch_seconds), file)
                run = [tune, "run", name + ".json", "--quiet"]
                quiet = {"cwd": folder, "env": environment, "check": True, "stdout": subprocess.DEVNULL}
                subprocess.run(run + ["--max-trials", "1"], **quiet)
                dashboard = watcher = None
                if kind != "no dashboard":
                    dashboard = subprocess.Popen([tune, "dashboard", "--port", "0"], cwd=folder, text=True,
                                                 stdout=subprocess.PIPE, env=environment)
                    port = int(re.search(r":(\d+)/", dashboard.stdout.readline()).group(1))
                    if kind != "0 viewers":
                        watcher = watch(port, name, options.viewers)
                subprocess.run(run, **quiet)
                rates[kind].append(trials_a_second(f"{folder}/runs/{name}/study.db"))
                if watcher:
                    os.kill(watcher, signal.SIGTERM)
                    os.waitpid(watcher, 0)
                if dashboard:
                    dashboard.send_signal(signal.SIGINT)
                    dashboard.wait()
    base = rates["no dashboard"]
    for kind, values in rates.items():
        ratios = [value / other for value, other in zip(values, base)]
        print(f"{kind:>14}: {statistics.median(values):7.1f} trials/s ({min(values):.1f} to {max(values):.1f}), "
              f"{statistics.median(ratios):.3f} of no dashboard's in the same round")


main()
