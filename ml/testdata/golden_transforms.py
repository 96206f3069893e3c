"""Writes four files of testdata/golden: the scalers (transforms.json, and batches.json for
those that learn batch by batch), filters, polynomials and imputers (features.json) of
scikit-learn 1.2.1, on the data sets and on transforms_data.json.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_transforms.py
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import pandas as pd
import scipy
import sklearn
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.feature_selection import VarianceThreshold
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_transforms.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "pandas": pd.__version__,
        "scikit-learn": sklearn.__version__,
    },
}
NAN = float("nan")


def write(name, cases):
    """One case per line, so that a change is seen as a line."""
    lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in cases)
    head = json.dumps(HEAD)[1:-1]
    (OUT / name).write_text("{" + head + ', "cases": [\n' + lines + "\n]}\n")


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def some(a):
    """Up to about 24 cells, row by row and evenly spread."""
    flat = np.asarray(a, dtype=float).ravel()
    return hexes(flat[:: max(1, flat.size // 24)])


# --- inputs


def edges(n):
    """A column for each thing that can go wrong."""
    r = np.random.RandomState(5)
    return np.column_stack([
        r.standard_normal(n),
        np.full(n, 3.3),  # constant, but its mean is rounded
        np.where(r.random_sample(n) < 0.3, NAN, r.standard_normal(n) * 7 + 2),
        1e9 + r.standard_normal(n),  # a mean far from zero
        1e-20 * r.standard_normal(n),  # tiny
        1e60 * r.standard_normal(n),  # huge
        r.randint(0, 3, n) * 1.0,  # ties
        np.where(np.arange(n) % 5 == 0, 0.1, NAN),  # constant where it is there
        np.full(n, NAN),
        np.zeros(n),
        -np.abs(r.standard_cauchy(n)),  # far values
    ])


R = np.random.RandomState(9)
finite = edges(50)[:, [0, 1, 3, 5, 6, 9, 10]].copy()
finite[7] = 0
INPUTS = {
    "edges": edges(48),
    "finite": finite,
    "small": R.standard_normal((9, 3)).round(2),
    "one column": (1e6 + R.standard_cauchy((333, 1))).round(2),
    "one column with NaN": np.where(R.random_sample((301, 1)) < 0.2, NAN, R.standard_cauchy((301, 1)).round(3)),
    "one row": R.standard_normal((1, 4)),
    "two rows": R.standard_normal((2, 3)),
    "wide": R.standard_normal((7, 23)),
    "diabetes": load_diabetes(scaled=False).data[:60],
    "digits": load_digits().data[:30],
}
SETS = {"iris": load_iris().data, "wine": load_wine().data, "breast_cancer": load_breast_cancer().data}
ALL = {**SETS, **INPUTS}
NUMBERS = ["iris", "wine", "breast_cancer", "finite", "small", "one column", "one row", "two rows", "wide", "diabetes", "digits"]


def inputs():
    """The cells are decimal: Python writes the shortest text that reads back the same."""
    for name, X in INPUTS.items():
        yield {"name": name, "rows": X.shape[0], "cols": X.shape[1], "x": [repr(float(v)) for v in X.ravel()]}


# --- transforms


def part(X):
    """The rows to fit on: two thirds, so that the rest goes beyond them."""
    return max(1, 2 * X.shape[0] // 3)


def case(kind, on, t, params, fitted, exact=True, inverse=True):
    X = ALL[on].copy()
    t.fit(X[: part(X)])
    Z = t.transform(X)
    c = {"kind": kind, "on": on, "fit": part(X), "params": params, "exact": exact, "rows": Z.shape[0], "cols": Z.shape[1],
         "fitted": {f: hexes(getattr(t, f)) for f in fitted if getattr(t, f) is not None}, "cells": some(Z)}
    if inverse:
        c["inverse"] = some(t.inverse_transform(Z))
    return c


def scalers():
    for on in ALL:
        yield case("standard", on, StandardScaler(), {}, ["mean_", "var_", "scale_"])
        yield case("minmax", on, MinMaxScaler(), {"range": [0, 1]}, ["min_", "scale_", "data_min_", "data_max_", "data_range_"])
        yield case("maxabs", on, MaxAbsScaler(), {}, ["max_abs_", "scale_"])
        yield case("robust", on, RobustScaler(), {"range": [25, 75], "center": True, "scale": True}, ["center_", "scale_"])
    for on in ("edges", "small", "one column with NaN", "one row", "two rows", "wide"):
        yield case("minmax", on, MinMaxScaler((-3, 0.7), clip=True), {"range": [-3, 0.7], "clip": True}, ["min_", "scale_"])
        for lo, hi in ((5, 90), (12.5, 33), (50, 50), (0, 100)):
            yield case("robust", on, RobustScaler(quantile_range=(lo, hi)),
                       {"range": [lo, hi], "center": True, "scale": True}, ["center_", "scale_"])
        yield case("robust", on, RobustScaler(quantile_range=(10, 80), unit_variance=True),
                   {"range": [10, 80], "center": True, "scale": True, "unit": True}, ["center_", "scale_"], exact=False)
    for on in ("edges", "wine"):
        for center in (False, True):
            for scale in (False, True):
                params = {"range": [25, 75], "center": center, "scale": scale}
                yield case("robust", on, RobustScaler(with_centering=center, with_scaling=scale), params, ["center_", "scale_"])
                yield case("standard", on, StandardScaler(with_mean=center, with_std=scale), {"center": center, "scale": scale}, [])


def rows():
    for on in NUMBERS:
        for norm in ("l1", "l2", "max"):
            yield case("normalizer", on, Normalizer(norm), {"norm": norm}, [], exact=norm == "max", inverse=False)
        if on != "finite":  # where the tail of one column is noise
            yield case("spatial", on, make_pipeline(StandardScaler(), Normalizer()), {}, [], exact=False, inverse=False)


def filters():
    for on in ALL:
        for threshold in (0, 0.3):
            t = VarianceThreshold(threshold)
            try:
                # Its inverse_transform takes no NaN.
                yield case("variance", on, t, {"threshold": threshold}, ["variances_"], inverse=not np.isnan(ALL[on]).any())
            except ValueError:
                yield {"kind": "variance", "on": on, "fit": part(ALL[on]), "params": {"threshold": threshold}, "refused": True}


def batches():
    """StandardScaler, MinMaxScaler and MaxAbsScaler, batch by batch, with and without weights."""
    for on, sizes in (("wine", [50, 60, 68]), ("edges", [10, 20, 18]), ("one column", [1, 300, 32]), ("diabetes", [57, 3]),
                      ("one column with NaN", [100, 201]), ("digits", [7] * 4 + [2])):
        X = ALL[on]
        if on == "edges":
            X = X[:, :7]  # others have no value in some batch, where scikit-learn gives NaN
        for weighted in (False, True):
            if weighted and on == "edges":
                X = X[:, :3]  # far from zero the order counts in which the BLAS adds
            s, lo, ma = StandardScaler(), MinMaxScaler(), MaxAbsScaler()
            w = np.random.RandomState(3).randint(0, 4, len(X)) / 2 + (np.arange(len(X)) % 7 == 0)
            start = 0
            for size in sizes:
                rows = slice(start, start + size)
                s.partial_fit(X[rows], sample_weight=w[rows] if weighted else None)
                lo.partial_fit(X[rows])
                ma.partial_fit(X[rows])
                start += size
            c = {"kind": "batches", "on": on, "sizes": sizes, "cols": X.shape[1], "exact": not weighted,
                 "fitted": {"mean_": hexes(s.mean_), "var_": hexes(s.var_), "scale_": hexes(s.scale_),
                            "n_samples_seen_": hexes(np.broadcast_to(s.n_samples_seen_, X.shape[1])),
                            "min_": hexes(lo.min_), "data_range_": hexes(lo.data_range_), "max_abs_": hexes(ma.max_abs_)},
                 "seen": int(lo.n_samples_seen_)}
            if weighted:
                c["weights"] = hexes(w)
            yield c


def polynomials():
    for on, degrees in (("small", [0, 1, 2, 3, 5, (2, 3), (1, 2), (3, 5), (0, 0)]), ("wide", [2, (2, 2)]), ("iris", [3, (2, 4)]),
                        ("one column", [4]), ("two rows", [(3, 3)])):
        for degree in degrees:
            for interaction in (False, True):
                for bias in (False, True):
                    lo, hi = degree if isinstance(degree, tuple) else (0, degree)
                    X = ALL[on]
                    if hi == 0 and not bias or on != "wide" and interaction and lo > X.shape[1] and not bias:
                        continue
                    t = PolynomialFeatures(degree, interaction_only=interaction, include_bias=bias)
                    params = {"degree": hi, "lowest": lo, "interaction": interaction, "bias": bias}
                    try:
                        c = case("polynomial", on, t, params, [], inverse=False)
                    except ValueError:
                        continue
                    if c["cols"] == 0:
                        continue
                    c["names"] = list(t.get_feature_names_out())[:30]
                    c["powers"] = t.powers_[:10].tolist()
                    yield c


# --- missing values


def imputed():
    for on in ("edges", "one column with NaN", "wine", "one row"):
        for strategy in ("mean", "median", "most_frequent", "constant"):
            for indicator in (False, True):
                for keep in (False, True):
                    t = SimpleImputer(strategy=strategy, add_indicator=indicator, keep_empty_features=keep,
                                      fill_value=-7.5 if strategy == "constant" else None)
                    X = ALL[on]
                    t.fit(X[: part(X)])
                    names = t.get_feature_names_out()
                    Z = t.transform(X)
                    c = {"kind": "numbers", "on": on, "fit": part(X), "strategy": strategy, "indicator": indicator, "keep": keep,
                         "statistics": hexes(t.statistics_), "rows": Z.shape[0], "cols": Z.shape[1], "cells": some(Z),
                         "names": list(names)}
                    if indicator and on != "edges":  # columns of missing cells confuse it
                        c["inverse"] = some(t.inverse_transform(Z))
                    yield c


def texts():
    r = np.random.RandomState(2)
    for n in (1, 2, 9, 60):
        column = r.choice(["b", "a", "B", "é", "z", ""], n).astype(object)
        column[r.random_sample(n) < 0.25] = None
        X = pd.DataFrame({"t": column})
        for strategy in ("most_frequent", "constant"):
            if strategy == "most_frequent" and X["t"].isna().all():
                continue
            t = SimpleImputer(strategy=strategy, missing_values=None, add_indicator=True).fit(X)
            Z = t.transform(X)
            yield {"kind": "texts", "strategy": strategy, "column": list(column), "filled": list(Z[:, 0]), "names": list(t.get_feature_names_out()),
                   "marks": [int(v) for v in Z[:, 1:].ravel()]}


write("transforms_data.json", inputs())
write("transforms.json", [*scalers(), *rows()])
write("batches.json", batches())
write("features.json", [*filters(), *polynomials(), *imputed(), *texts()])
