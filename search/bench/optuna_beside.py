#!/usr/bin/env python3
"""Optuna's samplers on formulas of search-bench, judged as it judges: what they close of the gap between random
search and the optimum.

  python3 search/bench/optuna_beside.py --samplers tpe,gp --problems branin,hartmann6,ackley10 --seeds 10

A search starts with an empty study, and each trial ends before the next begins. The figure after n trials is, over
the seeds, (random - median of the best of n) / (random - optimum), in percent, where random is the median of the
best of 100 uniform draws, estimated from 200,000. Milliseconds are CPU time of the process for one suggestion of
the last 50 of a search.

Needs Optuna 4 (Debian 13: python3-optuna python3-scipy, and python3-torch for GPSampler).
"""
import argparse
import math
import os
import statistics
import sys
import time

# One thread a suggestion, as search-bench measures; read when the libraries are loaded.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")

import numpy as np  # noqa: E402
import optuna  # noqa: E402

# Formulas and constants as in search/problems, where their sources stand. A row of `x` is a point.


def branin(x):
    a, b = x[:, 0], x[:, 1]
    valley = b - 5.1 / (4 * math.pi**2) * a**2 + 5 / math.pi * a - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * np.cos(a) + 10


HEIGHT = np.array([1.0, 1.2, 3.0, 3.2])
SHARPNESS = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8],
                      [17, 8, 0.05, 10, 0.1, 14]])
CENTRE = np.array([[0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
                   [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381]])


def hartmann6(x):
    distance = (SHARPNESS * (x[:, None, :] - CENTRE) ** 2).sum(axis=2)
    return -(HEIGHT * np.exp(-distance)).sum(axis=1)


def ackley(x):
    return (-20 * np.exp(-0.2 * np.sqrt((x**2).mean(axis=1))) - np.exp(np.cos(2 * math.pi * x).mean(axis=1))
            + 20 + math.e)


# Name: the function, its box, its least value.
PROBLEMS = {
    "branin": (branin, [(-5.0, 10.0), (0.0, 15.0)], 10 / (8 * math.pi)),
    "hartmann6": (hartmann6, [(0.0, 1.0)] * 6, -3.32236801141551),
    "ackley10": (ackley, [(-32.8, 20.0)] * 10, 0.0),
}

SAMPLERS = {
    "random": lambda seed: optuna.samplers.RandomSampler(seed=seed),
    "tpe": lambda seed: optuna.samplers.TPESampler(multivariate=True, seed=seed),
    "gp": lambda seed: optuna.samplers.GPSampler(seed=seed),
}


def random_search(problem):
    """The median of the best of 100 uniform draws."""
    function, box, _ = PROBLEMS[problem]
    low, high = np.array(box).T
    values = np.sort(function(np.random.default_rng(20_000).uniform(low, high, (200_000, len(box)))))
    share = -math.expm1(-math.log(2) / 100)
    return float(np.interp(share * (len(values) - 1), np.arange(len(values)), values))


def search(problem, sampler, seed, trials):
    """The values in order, and a suggestion's milliseconds over the last 50."""
    function, box, _ = PROBLEMS[problem]
    study = optuna.create_study(sampler=SAMPLERS[sampler](seed))
    values, milliseconds = [], []
    for _ in range(trials):
        begun = time.process_time()
        trial = study.ask()
        x = [trial.suggest_float(f"x{i}", low, high) for i, (low, high) in enumerate(box)]
        milliseconds.append(1000 * (time.process_time() - begun))
        values.append(float(function(np.array([x]))[0]))
        study.tell(trial, values[-1])
    return values, milliseconds[-50:]


def names(allowed):
    def parse(text):
        chosen = text.split(",")
        for name in chosen:
            if name not in allowed:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(allowed)}")
        return chosen
    return parse


def positive(text):
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 on")
    return int(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samplers", type=names(SAMPLERS), default="tpe,gp", help="of random, tpe, gp, by commas")
    parser.add_argument("--problems", type=names(PROBLEMS), default=",".join(PROBLEMS), help="by commas")
    parser.add_argument("--trials", type=positive, default=100)
    parser.add_argument("--seeds", type=positive, default=10)
    options = parser.parse_args()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    optuna.logging.disable_default_handler()
    import warnings
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    if "gp" in options.samplers:
        import torch
        torch.set_num_threads(1)
    marks = [n for n in (25, 50, 100) if n <= options.trials] or [options.trials]
    print(f"optuna {optuna.__version__}, Python {sys.version.split()[0]}, {options.seeds} seeds from 0")
    print(f"{'problem':<12}{'sampler':<9}" + "".join(f"{'@' + str(n):>8}" for n in marks) + f"{'ms':>9}")
    for problem in options.problems:
        start, optimum = random_search(problem), PROBLEMS[problem][2]
        for sampler in options.samplers:
            searches = [search(problem, sampler, seed, options.trials) for seed in range(options.seeds)]
            closed = []
            for n in marks:
                best = statistics.median(min(values[:n]) for values, _ in searches)
                closed.append(100 * (start - best) / (start - optimum))
            cost = statistics.mean(ms for _, last in searches for ms in last)
            print(f"{problem:<12}{sampler:<9}" + "".join(f"{c:8.1f}" for c in closed) + f"{cost:9.1f}", flush=True)


if __name__ == "__main__":
    main()
