#!/usr/bin/env python3
"""bars.json names programs that are built and files that are there, and BENCHMARKS.md's rows are those of bars.json."""
import os
import re
import sys

import bars
import table

TREE = bars.TREE


def targets():
    """Every word of the CMake files."""
    found = set()
    for folder, folders, files in os.walk(TREE):
        folders[:] = [each for each in folders if each not in ("build", "runs", "node_modules") and not each.startswith(".")]
        for name in files:
            if name == "CMakeLists.txt" or name.endswith(".cmake"):
                with open(os.path.join(folder, name)) as file:
                    found.update(re.findall(r"[\w-]+", file.read()))
    return found


def complaints(all_bars):
    built = targets()
    names = [each["name"] for each in all_bars] + [bar["name"] for each in all_bars for bar in each["bars"] if len(each["bars"]) > 1]
    for name in sorted(set(names)):
        if names.count(name) > 1:
            yield f"{name} is there twice"
    for each in all_bars:
        for program in re.findall(r"\{bin\}/([\w-]+)", each["command"]) + [
                need.split(":")[1] for need in each.get("needs", []) if need.startswith("built:")]:
            if program not in built:
                yield f"{each['name']}: no CMakeLists.txt names {program}"
        for path in re.findall(r"(?:^|[ ;&])((?:[a-z_]+/)+[\w.-]+\.(?:py|sh|mjs|json))", each["command"]):
            if not os.path.exists(os.path.join(TREE, path)):
                yield f"{each['name']}: {path} is not there"
        for bar in each["bars"]:
            if ("at_least" in bar) == ("at_most" in bar):
                yield f"{bar['name']}: needs at_least or at_most"
            if "value" not in re.compile(bar["read"]).groupindex:
                yield f"{bar['name']}: reads no value"
    expected = [table.cell(table.title(each, bar)) for each in all_bars for bar in each["bars"]]
    there = list(table.rows(os.path.join(TREE, "BENCHMARKS.md")))
    for title in sorted(set(expected) ^ set(there)):
        yield f"{'BENCHMARKS.md lacks' if title in expected else 'bars.json lacks'}: {title}"


found = list(complaints(bars.bars()))
print("\n".join(found) or "the table and the programs agree")
sys.exit(bool(found))
