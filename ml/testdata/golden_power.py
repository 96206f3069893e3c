"""Writes testdata/golden/power.json, quantile.json and dummies.json: what scipy,
scikit-learn 1.2.1 and pandas make of columns.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_power.py
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import pandas as pd
import scipy
import sklearn
from scipy.optimize import brent
from scipy.stats import norm
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.preprocessing import LabelEncoder, PowerTransformer, QuantileTransformer

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_power.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "pandas": pd.__version__,
        "scikit-learn": sklearn.__version__,
    },
}


def write(name, cases):
    lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in cases)
    head = json.dumps(HEAD)[1:-1]
    (OUT / name).write_text("{" + head + ', "cases": [\n' + lines + "\n]}\n")


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def made(n, rng):
    """Columns of many kinds: skewed, signed, with ties and gaps, large, small."""
    gaps = rng.lognormal(size=n)
    gaps[::5] = np.nan
    columns = np.column_stack([
        rng.lognormal(size=n), rng.exponential(size=n), rng.normal(size=n), rng.normal(10, 1, n), gaps,
        rng.randint(1, 5, n), 1e4 * rng.standard_t(3, n), rng.normal(-50, 5, n), rng.gamma(2, 3, n),
        rng.lognormal(0, 3, n), 1e6 * rng.uniform(size=n), np.repeat([0.5, 2.0], [n - 1, 1]),
    ])
    return np.maximum(np.round(np.abs(columns), 4), 0.0001) * np.where(columns < 0, -1, 1)


def cells(a):
    """Row by row, as short as can be; None for NaN."""
    return [None if v != v else v for v in np.asarray(a).ravel().tolist()]


# Functions of the minimizer's test. They use operations only that round alike everywhere.
FUNCTIONS = {
    "parabola": lambda x: (x - 1.3) * (x - 1.3),
    "far": lambda x: (x + 4321.0) * (x + 4321.0),
    "quartic": lambda x: x * x * x * x - 3.0 * x,
    "two minima": lambda x: (x * x - 4.0) * (x * x - 4.0) + x,
    "corner": lambda x: abs(x - 0.2),
    "wall": lambda x: x if x > -7.0 else float("inf"),
    "plateau": lambda x: float("inf"),
    "flat": lambda x: 1.0,
}


def power():
    for name, f in FUNCTIONS.items():
        yield {"kind": "brent", "name": name, "lambda": hexes([brent(f, brack=(-2, 2))])}
    rng = np.random.RandomState(3)
    base, exponent = rng.lognormal(0, 2, 500), rng.normal(0, 10, 500)
    yield {"kind": "pow", "x": hexes(base), "y": hexes(exponent), "z": hexes(np.power(base, exponent))}
    digits = load_digits().data[:, [1, 2, 10, 15, 21, 61]]
    sets = [(n, f().data, None) for n, f in (("iris", load_iris), ("wine", load_wine), ("breast_cancer", load_breast_cancer))]
    sets += [("digits", digits, digits.astype(int)), ("diabetes", load_diabetes(scaled=False).data, load_diabetes(scaled=False).data)]
    sets += [("made %d" % n, X, X) for n in (3, 20, 150) for X in [made(n, np.random.RandomState(n))]]
    sets += [("constant", X, X) for X in [np.array([[3.0, 0, -2], [3, 0, -2], [3, 0, -2]])]]
    sets += [("one row", X, X) for X in [np.array([[5.0, 0, -2]])]]
    for name, X, own in sets:
        yield {"kind": "data", "name": name, "rows": X.shape[0], "cols": X.shape[1],
               "cells": None if own is None else cells(own)}
        rows = sorted({0, 1, X.shape[0] // 2, X.shape[0] - 1} & set(range(X.shape[0])))
        for method in ("yeo-johnson", "box-cox"):
            columns = [j for j in range(X.shape[1])
                       if method == "yeo-johnson" or np.nanmin(X[:, j]) > 0 and np.nanmax(X[:, j]) > np.nanmin(X[:, j])]
            for standardize in (True, False) if columns else ():
                p = PowerTransformer(method=method, standardize=standardize).fit(X[:, columns])
                Z = p.transform(X[:, columns])
                yield {"kind": "fit", "name": name, "columns": columns, "boxcox": method == "box-cox", "standardize": standardize,
                       "lambda": hexes(p.lambdas_), "at": rows, "z": hexes(Z[rows]), "back": hexes(p.inverse_transform(Z)[rows])}


def quantile():
    share = np.concatenate([np.linspace(0, 1, 41), 10.0 ** np.arange(-17, -1), 1 - 10.0 ** np.arange(-16, -1)])
    yield {"kind": "normal", "x": hexes(share), "z": hexes(norm.ppf(share)), "y": hexes(np.linspace(-9, 9, 61)),
           "back": hexes(norm.cdf(np.linspace(-9, 9, 61)))}
    for k, (n, quantiles, subsample, seed) in enumerate((
            (1, 1000, 10_000, 0), (2, 1000, 10_000, 0), (40, 1000, 10_000, 0), (40, 10, 10_000, 0), (40, 1, 10_000, 0),
            (40, 7, 7, 5), (40, 30, 39, 6), (40, 30, 40, 7), (90, 20, 60, 8))):
        rng = np.random.RandomState(k)
        X = made(n, rng)[:, [0, 2, 4, 5, 11]]
        seen = np.concatenate([X[:8], np.round(X[:8] + 0.25, 4), np.round(rng.normal(size=(4, X.shape[1])) * 5, 4)])
        for output in ("uniform", "normal"):
            q = QuantileTransformer(n_quantiles=quantiles, subsample=subsample, random_state=seed, output_distribution=output).fit(X)
            places = np.round(rng.uniform(-0.1, 1.1, (8, X.shape[1])) if output == "uniform" else 3 * rng.normal(size=(8, X.shape[1])), 4)
            places[0], places[1], places[2, 0] = 0.5, 1, np.nan
            yield {"kind": "fit", "name": "%d of %d, %d quantiles" % (subsample, n, quantiles), "rows": n, "cols": X.shape[1],
                   "quantiles": quantiles, "subsample": subsample, "seed": seed, "normal": output == "normal",
                   "cells": cells(X), "landmarks": hexes(q.quantiles_.T), "references": hexes(q.references_),
                   "seen": cells(seen), "z": hexes(q.transform(seen)), "places": cells(places), "back": hexes(q.inverse_transform(places))}


def dummies():
    rng = np.random.RandomState(9)
    for n in (1, 7, 40):
        words = np.array(["no", "yes", "No", "", "é", "10", "9"], dtype=object)
        text = pd.DataFrame({c: pd.Series(words[rng.randint(0, 7, n)]) for c in ("a", "b")})
        text.loc[rng.uniform(size=n) < 0.2, "b"] = None
        for first in (False, True):
            d = pd.get_dummies(text, drop_first=first)
            yield {"kind": "dummies", "a": list(text["a"]), "b": [None if v is None else v for v in text["b"]], "first": first, "names": list(d.columns), "rows": n,
                   "cols": d.shape[1], "cells": cells(d.to_numpy(float).astype(int))}
    for kind, labels in (("text", ["paris", "tokyo", "Paris", "paris", "", "é"]), ("int64", [3, -1, 10, 9, 3]),
                         ("bool", [True, False, True]), ("uint64", [2**63 + 1, 0, 2**63, 9])):
        labels = np.array(labels, dtype=object if kind == "text" else kind)
        e = LabelEncoder().fit(labels)
        yield {"kind": kind, "labels": [str(v) for v in labels], "names": [str(v) for v in e.classes_], "codes": e.transform(labels).tolist()}


OUT.mkdir(exist_ok=True)
write("power.json", power())
write("quantile.json", quantile())
write("dummies.json", dummies())
