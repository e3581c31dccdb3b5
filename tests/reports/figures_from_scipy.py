#!/usr/bin/env python3
"""Writes figures_from_scipy.json, beside which reports/statistics is tested.

  python3 tests/reports/figures_from_scipy.py > tests/reports/figures_from_scipy.json

Debian 12's python3-scipy cannot be installed beside Boost 1.81; unpacked packages do:

  apt-get download python3-scipy python3-numpy python3-decorator liblbfgsb0 && for d in *.deb; do dpkg -x $d root; done
  PYTHONPATH=root/usr/lib/python3/dist-packages LD_LIBRARY_PATH=root/usr/lib/x86_64-linux-gnu python3 ...
"""
import json, sys
import numpy as np, scipy
from scipy import special, stats

rng = np.random.default_rng(20240607)
samples = {
    "normal_12": rng.normal(10, 1, 12), "normal_40": rng.normal(10.5, 1.5, 40), "skewed_15": rng.lognormal(0, 0.8, 15),
    "few_5": rng.normal(3, 0.1, 5), "even_6": rng.normal(3.05, 0.1, 6), "ties_20": rng.integers(1, 6, 20).astype(float),
    "ties_18": rng.integers(2, 7, 18).astype(float), "two": np.array([1.0, 2.5]), "negative_9": rng.normal(-2, 3, 9),
}
samples = {name: [float(x) for x in values] for name, values in samples.items()}


def interval(values, confidence):
    return list(map(float, stats.t.interval(confidence, len(values) - 1, np.mean(values), stats.sem(values))))


def bootstrap(values, statistic):
    result = stats.bootstrap((np.array(values),), statistic, n_resamples=200_000, batch=2_000, method="percentile",
                             random_state=np.random.default_rng(1), vectorized=True)
    return [float(result.confidence_interval.low), float(result.confidence_interval.high)]


json.dump({
    "generator": "tests/reports/figures_from_scipy.py", "scipy": scipy.__version__, "numpy": np.__version__,
    "samples": samples,
    "describe": {name: {"mean": float(np.mean(v)), "median": float(np.median(v)), "sd": float(np.std(v, ddof=1)),
                        "q10": float(np.quantile(v, 0.1)), "q99": float(np.quantile(v, 0.99)),
                        "t95": interval(v, 0.95), "t99": interval(v, 0.99)} for name, v in samples.items()},
    "bootstrap": {name: {"mean_percentile": bootstrap(samples[name], np.mean),
                         "median_percentile": bootstrap(samples[name], np.median)}
                  for name in ("normal_12", "normal_40", "skewed_15")},
    "incomplete_beta": [[a, b, x, float(special.betainc(a, b, x))] for a, b, x in
                        [(0.5, 0.5, 0.3), (2, 3, 0.9), (30, 0.5, 0.99), (100, 200, 0.35), (1, 1, 0.25), (0.5, 5, 1e-6)]],
    "t_quantile": [[p, n, float(stats.t.ppf(p, n))] for p, n in [(0.975, 1), (0.975, 4), (0.9995, 30), (0.1, 7)]],
}, sys.stdout, indent=1)
print()
