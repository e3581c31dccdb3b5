#!/usr/bin/env python3
"""What precompiled headers and -O1 save: CPU seconds of a source without them (-O3, no header) and as it is compiled.

    cmake/setup/compile_time.py [SOURCE ...]        (none named: five of the orchestrator's and the reports')

Reads build/release/compile_commands.json; compiles each source four times, in turn, past ccache, and keeps nothing. The better
time counts.
"""
import json
import os
import re
import resource
import subprocess
import sys

TREE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(TREE, "build/release")
SOURCES = ["orchestrator/experiment.cpp", "orchestrator/warm_start.cpp", "orchestrator/sqlite_storage.cpp",
           "orchestrator/cli/run_command.cpp", "reports/board.cpp"]


def seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, shell=True, check=True, cwd=BUILD, stderr=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    with open(os.path.join(BUILD, "compile_commands.json")) as file:
        commands = {os.path.relpath(entry["file"], TREE): entry["command"] for entry in json.load(file)}
    sources = sys.argv[1:] or SOURCES
    unknown = [source for source in sources if source not in commands]
    if unknown:
        print(f"compile_time: {', '.join(unknown)}: not compiled in build/release", file=sys.stderr)
        sys.exit(2)
    sums = [0.0, 0.0]
    for source in sources:
        now = re.sub(r"^.*ccache ", "", re.sub(r" -o \S+", " -o /dev/null", commands[source]))
        without = re.sub(r" -include \S+cmake_pch\.hxx", "", now).replace(" -Winvalid-pch", "").replace(" -O1 ", " ")
        times = [min(pair) for pair in zip(*[(seconds(without), seconds(now)) for _ in range(2)])]
        sums = [total + time for total, time in zip(sums, times)]
        print(f"{source}: {times[0]:.1f} s without, {times[1]:.1f} s with", flush=True)
    print(f"together: {sums[0]:.1f} s without, {sums[1]:.1f} s with: {sums[1] / sums[0]:.2f}")


if __name__ == "__main__":
    main()
