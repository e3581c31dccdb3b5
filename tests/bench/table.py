"""BENCHMARKS.md's table: a row a bar, kept where there is no newer result."""
import json
import os
import re

BEGIN, END = "<!-- bars -->", "<!-- end of bars -->"
HEAD = "| bar | asked | figure | met | command | machine | date | commit |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n"


def stored(folder, name):
    try:
        with open(os.path.join(folder, name + ".json")) as file:
            return json.load(file)
    except (OSError, ValueError):
        return None


def met(bar, value):
    if "at_least" in bar:
        return value >= bar["at_least"]
    return value <= bar["at_most"]


def sentence(bar, result):
    figure = result["figures"].get(bar["name"])
    if figure is None:
        return f"{bar['what']}: no figure"
    verdict = "met" if met(bar, figure["value"]) else "NOT met"
    return f"{bar['what']}: {figure['shown']} (asked: {bar['asked']}; {verdict})"


def cell(text):
    return str(text).replace("|", "\\|").replace("\n", " ")


def title(measurement, bar):
    return f"`{measurement['name']}` {bar['what']}"


def rows(page):
    """The rows that stand in the page, by their first cell."""
    if not os.path.exists(page):
        return {}
    with open(page) as file:
        text = file.read()
    found = {}
    for line in text.partition(BEGIN)[2].partition(END)[0].splitlines():
        cells = [part.strip() for part in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) == 8 and cells[0].startswith("`"):
            found[cells[0]] = cells
    return found


def row(measurement, bar, result, why, old, place):
    command = f"`{cell(place.command(measurement['command'], shown=True))}`"
    head = [cell(title(measurement, bar)), cell(bar["asked"])]
    figure = result and result["figures"].get(bar["name"])
    if figure:
        return head + [cell(figure["shown"]), "yes" if met(bar, figure["value"]) else "**no**", command, cell(result["machine"]),
                       result["date"], result["commit"]]
    if result:
        return head + ["no figure", f"**failed** (exit code {result['exit_code']})", command, cell(result["machine"]),
                       result["date"], result["commit"]]
    if old and not old[2].startswith("not measured"):
        return head + old[2:4] + [command] + old[5:]
    reason = cell(why) if why else ("only with LONG=1" if measurement.get("long") else "not run yet")
    return head + [f"not measured: {reason}", "", command, "", "", ""]


def write(page, all_bars, results, left_out, place):
    """Puts the table between the page's marks."""
    old = rows(page)
    lines = [row(each, bar, results.get(each["name"]), left_out.get(each["name"]), old.get(cell(title(each, bar))), place)
             for each in all_bars for bar in each["bars"]]
    text = "".join("| " + " | ".join(line) + " |\n" for line in lines)
    with open(page) as file:
        before, mark, rest = file.read().partition(BEGIN)
    after = rest.partition(END)[2]
    if not mark:
        raise SystemExit(f"bench: {page} has no line {BEGIN}")
    with open(page + ".tmp", "w") as file:
        file.write(f"{before}{BEGIN}\n{HEAD}{text}{END}{after}")
    os.replace(page + ".tmp", page)
