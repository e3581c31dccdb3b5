#!/usr/bin/env python3
"""Measures every bar of bars.json, one program at a time, and writes BENCHMARKS.md's table.

    make bench                                 all but the long ones; goes on where an interrupted run ended
    make bench ONLY="training search-*"        these measurements, anew
    make bench MINUTES=60                      none that would take it beyond an hour in all
    make bench LONG=1                          the long ones as well: an hour's soak, 200 faults, races
    make bench FRESH=1                         nothing of an earlier run counts
    tests/bench/bars.py --list                 what there is, and how long each takes

PYTHON="chroot /srv/debian-13 python3" is the Python that has the peers' packages, SHARED=../shared the folder of the peers'
programs (bench/) and data (data/), CORE=1 the core of what is pinned to one. A result counts for the commit, machine and tree it
was made on: build/bench/NAME.json, with the whole output in NAME.log. A bar without a new result keeps its row.
"""
import argparse
import datetime
import fnmatch
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time

import peers
import table

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.dirname(os.path.dirname(HERE))


def bars(path=os.path.join(HERE, "bars.json")):
    with open(path) as file:
        return json.load(file)


def commit():
    def git(*words):
        return subprocess.run(["git", *words], cwd=TREE, capture_output=True, text=True).stdout.strip()

    changed = git("status", "--porcelain", "--untracked-files=no", ":!BENCHMARKS.md")  # which this program writes
    return (git("rev-parse", "--short", "HEAD") or "unknown") + ("-dirty" if changed else "")


def machine(programs):
    """Processor, cores and LibTorch, in a few words."""
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown processor")
    torch = "without LibTorch"
    told = subprocess.run([os.path.join(programs, "o2v-tune"), "doctor", "--json"], capture_output=True, text=True)
    try:
        found = [each["found"] for each in json.loads(told.stdout)["findings"] if each["subject"] == "LibTorch"]
        torch = "LibTorch " + found[0].split(",")[0] if found else torch
    except (ValueError, KeyError):
        pass
    return f"{model}, {len(os.sched_getaffinity(0))} cores, {torch}"


class Surroundings:
    """Where programs, peers and data are, as the commands of the table name them."""

    def __init__(self, arguments):
        self.arguments = arguments
        self.shared = os.path.abspath(os.path.join(TREE, arguments.shared))
        self.programs = os.path.abspath(os.path.join(TREE, arguments.bin))
        self.work = os.path.join(TREE, "build/bench")
        self.lacking = {}

    def command(self, text, shown=False):
        named = {"bin": "build/release/bin", "build": "build/release", "shared": "../shared", "python": "/usr/bin/python3", "core": "1",
                 "work": "build/bench"}
        real = {"bin": self.programs, "build": os.path.dirname(self.programs), "shared": self.shared, "python": self.arguments.python,
                "core": self.arguments.core, "work": self.work}
        return re.sub(r"\{(\w+)\}", lambda found: (named if shown else real)[found[1]], text)

    def lacks(self, need):
        """Why a need of the table is not met here, or nothing."""
        if need not in self.lacking:
            self.lacking[need] = self.looked_for(need)
        return self.lacking[need]

    def looked_for(self, need):
        kind, name = need.split(":", 1)
        if kind == "program":
            found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")
            return None if found else f"{name} is not installed"
        if kind == "built":
            return None if os.path.exists(os.path.join(self.programs, name)) else f"{name} is not built"
        if kind == "python":
            return peers.lacks(self.arguments.python, *name.split(","))
        path = self.command(name)
        return None if os.path.exists(path) else f"{self.command(name, shown=True)} is not there"

    def why_not(self, measurement):
        """The first reason for which a measurement cannot be made here, or nothing."""
        return next(filter(None, (self.lacks(need) for need in measurement.get("needs", []))), None)


def number(match):
    return float(match["value"] or 0)


def figures(measurement, output):
    """What the output tells of each bar: {name: {"value": number, "shown": text}}."""
    found = {}
    for bar in measurement["bars"]:
        matches = list(re.finditer(bar["read"], output, re.MULTILINE))
        if not matches:
            continue
        # Of several lines the worst counts.
        worst = (min if "at_least" in bar else max)(matches, key=number)
        shown = {name: (text or "").strip() for name, text in worst.groupdict().items()}
        found[bar["name"]] = {"value": number(worst), "shown": bar["show"].format(**shown)}
    return found


def measure(measurement, place, log):
    """Runs a measurement's command; its output goes to the log as it comes. Gives back (exit code, seconds, output)."""
    for path in measurement.get("carried", []):
        peers.reachable(place.arguments.python, place.command(path))
    environment = dict(os.environ, O2V_SHARE_CORES="1", PYTHONUNBUFFERED="1", PYTHONDONTWRITEBYTECODE="1")
    started = time.monotonic()
    lines = []
    with open(log, "w") as file:
        process = subprocess.Popen(["bash", "-euo", "pipefail", "-c", place.command(measurement["command"])], cwd=TREE,
                                   env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                   start_new_session=True)
        try:
            for line in process.stdout:
                lines.append(line)
                file.write(line)
                file.flush()
        except KeyboardInterrupt:
            os.killpg(process.pid, signal.SIGTERM)
            time.sleep(2)
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            raise
        code = process.wait()
    return code, time.monotonic() - started, "".join(lines)


def chosen(all_bars, only, long):
    names = only.split()
    if not names:
        return [each for each in all_bars if long or not each.get("long")]
    unknown = [name for name in names if not any(fnmatch.fnmatch(each["name"], name) for each in all_bars)]
    if unknown:
        print(f"bench: no measurement is called {', '.join(unknown)}; there are {', '.join(each['name'] for each in all_bars)}",
              file=sys.stderr)
        sys.exit(2)
    return [each for each in all_bars if any(fnmatch.fnmatch(each["name"], name) for name in names)]


def kept_result(place, name, here):
    """A result of this commit and machine, or nothing."""
    try:
        with open(os.path.join(place.work, name + ".json")) as file:
            result = json.load(file)
    except (OSError, ValueError):
        return None
    return result if (result["commit"], result["machine"]) == here and "dirty" not in here[0] else None


def minutes(value):
    return f"{value * 60:.0f} s" if value < 1 else f"{value:.1f} min"


def run_all(selected, place, here):
    """Measures what is selected and has no result yet; returns what was left out: {name: why}."""
    arguments, left_out, ahead, spent = place.arguments, {}, [], 0.0
    for each in selected:
        why = place.why_not(each)
        anew = arguments.fresh or arguments.only
        if why:
            left_out[each["name"]] = why
            print(f"{each['name']:20} not measured: {why}")
        elif not anew and kept_result(place, each["name"], here):
            print(f"{each['name']:20} measured already ({arguments.work_shown}/{each['name']}.json)")
        elif arguments.minutes and spent + each["minutes"] > arguments.minutes:
            left_out[each["name"]] = f"takes {minutes(each['minutes'])}, beyond MINUTES={arguments.minutes:g}"
            print(f"{each['name']:20} left out: {left_out[each['name']]}")
        else:
            ahead.append(each)
            spent += each["minutes"]
    began, left = time.monotonic(), spent
    for number, each in enumerate(ahead, 1):
        so_far = (time.monotonic() - began) / 60
        print(f"\n[{number}/{len(ahead)}] {each['name']}: {each['question']} ({minutes(each['minutes'])}; {minutes(so_far)} so far, "
              f"about {minutes(left)} left)", flush=True)
        left -= each["minutes"]
        code, seconds, output = measure(each, place, os.path.join(place.work, each["name"] + ".log"))
        result = {"name": each["name"], "commit": here[0], "machine": here[1], "date": datetime.date.today().isoformat(),
                  "seconds": round(seconds, 1), "exit_code": code, "figures": figures(each, output)}
        with open(os.path.join(place.work, each["name"] + ".json.new"), "w") as file:
            json.dump(result, file, indent=1)
        os.replace(file.name, file.name[:-4])
        for bar in each["bars"]:
            print("    " + table.sentence(bar, result), flush=True)
        if code != 0:
            print(f"    exit code {code}: {output.strip().splitlines()[-1] if output.strip() else 'no output'} "
                  f"({arguments.work_shown}/{each['name']}.log)", flush=True)
        print(f"    {seconds:.0f} s", flush=True)
    return left_out


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default="build/release/bin")
    parser.add_argument("--shared", default="../shared")
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--core", default="1")
    parser.add_argument("--only", default="")
    parser.add_argument("--minutes", type=float, default=0)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--page", default=os.path.join(TREE, "BENCHMARKS.md"))
    arguments = parser.parse_args()
    arguments.work_shown = "build/bench"
    return arguments


def main():
    arguments = parsed()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends what runs, and writes the page
    all_bars = bars()
    selected = chosen(all_bars, arguments.only, arguments.long)
    if arguments.list:
        for each in all_bars:
            print(f"{each['name']:20} {minutes(each['minutes']):>9} {'long' if each.get('long') else '':5} {each['question']}")
        usual = sum(each["minutes"] for each in all_bars if not each.get("long"))
        print(f"{'all but the long':20} {minutes(usual):>9}")
        return
    place = Surroundings(arguments)
    os.makedirs(place.work, exist_ok=True)
    here = (commit(), machine(place.programs))
    print(f"{here[1]}; commit {here[0]}")
    left_out = {}
    try:
        left_out = run_all(selected, place, here)
    except KeyboardInterrupt:
        print("\ninterrupted: `make bench` goes on", file=sys.stderr)
        sys.exit(130)
    finally:
        results = {each["name"]: table.stored(place.work, each["name"]) for each in all_bars}
        table.write(arguments.page, all_bars, results, left_out, place)
    print(f"\n{os.path.relpath(arguments.page, os.getcwd())} is written")


if __name__ == "__main__":
    main()
