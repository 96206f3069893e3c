"""Writes testdata/golden/pca.json: principal components of scikit-learn 1.2.1.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_pca.py
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import scipy
import sklearn
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_pca.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
}


def write(name, cases):
    lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in cases)
    head = json.dumps(HEAD)[1:-1]
    (OUT / name).write_text("{" + head + ', "cases": [\n' + lines + "\n]}\n")


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def recipe(rows, cols, seed, scale=(), copies=(), near=(), constants=(), offset=0.0):
    """Normal numbers that the Go side can draw too, changed column by column."""
    X = np.random.RandomState(seed).normal(size=(rows, cols))
    for j, s in enumerate(scale):
        X[:, j::len(scale)] *= s
    for to, of in copies:
        X[:, to] = X[:, of]
    for to, of in near:
        X[:, to] = X[:, of] + X[:, to] * 1e-6
    for to, value in constants:
        X[:, to] = value
    data = {"rows": rows, "cols": cols, "seed": seed, "scale": list(scale), "copies": list(copies),
            "near": list(near), "constants": list(constants), "offset": offset}
    return X + offset, data


def embedded(X):
    return X, {"rows": X.shape[0], "cols": X.shape[1], "cells": [int(v) if v == int(v) else float(v) for v in X.ravel()]}


def corner(a, rows=3, cols=10):
    """As much of a as is compared."""
    a = np.atleast_2d(a)[:rows, :cols]
    return {"rows": a.shape[0], "cols": a.shape[1], "cells": hexes(a)}


def case(name, data, **params):
    X, how = data
    p = PCA(**params).fit(X)
    Z = p.transform(X)
    return {"name": name, **how, "params": params, "solver": p._fit_svd_solver, "kept": p.components_.shape[0],
            "components": corner(p.components_), "variances": corner(p.explained_variance_),
            "ratios": corner(p.explained_variance_ratio_, cols=4), "values": corner(p.singular_values_),
            "means": corner(p.mean_, cols=8), "noise": hexes([p.noise_variance_]),
            "transformed": corner(Z), "made": corner(PCA(**params).fit_transform(X)),
            "inverted": corner(p.inverse_transform(Z), rows=2, cols=8)}


def cases():
    sets = {"iris": load_iris(), "wine": load_wine(), "breast_cancer": load_breast_cancer()}
    for name, data in sets.items():
        of = (data.data, {"set": name})
        yield case(name, of)
        yield case(name + " whitened", of, n_components=3, whiten=True, random_state=0)
        yield case(name + " fraction", of, n_components=0.999)
        yield case(name + " mle", of, n_components="mle")
        yield case(name + " randomized", of, n_components=2, svd_solver="randomized", random_state=7)
    digits = embedded(load_digits().data[::8])
    yield case("digits", digits)
    digits = (digits[0], {"set": "digits"})
    yield case("digits fraction", digits, n_components=0.9, whiten=True)
    yield case("digits randomized", digits, n_components=10, svd_solver="randomized", random_state=3)
    yield case("diabetes", embedded(load_diabetes(scaled=False).data))
    yield case("diabetes mle", (load_diabetes(scaled=False).data, {"set": "diabetes"}), n_components="mle", whiten=True)

    yield case("one column", embedded(recipe(300, 1, 1, offset=100)[0]))
    yield case("two columns", recipe(5, 2, 2))
    yield case("as many columns as rows", recipe(30, 30, 3))
    yield case("more columns than rows", recipe(20, 70, 4))
    yield case("more columns than rows, whitened", recipe(20, 70, 4), n_components=6, whiten=True)
    yield case("more columns than rows, fraction", recipe(20, 70, 4), n_components=0.5)
    yield case("large means", recipe(60, 7, 5, offset=1e6))
    yield case("large means, more columns than rows", recipe(12, 40, 5, offset=1e6), n_components=8, whiten=True)
    yield case("scales", recipe(80, 6, 6, scale=(1e4, 1e-5, 1, 1e3, 1e-2, 1e5)))
    yield case("copied columns", recipe(90, 9, 7, copies=((8, 0), (4, 2))))
    yield case("nearly copied columns", recipe(300, 9, 7, near=((8, 0), (4, 2))))
    yield case("constant columns", recipe(90, 9, 8, constants=((3, 0.1), (5, 0.0))))
    yield case("copied columns, more columns than rows", recipe(15, 40, 9, copies=[(j, j - 20) for j in range(20, 40)]))
    yield case("copied rows", (np.repeat(recipe(8, 30, 10)[0], 2, axis=0), {**recipe(8, 30, 10)[1], "twice": True}))
    yield case("many rows", recipe(10_000, 5, 11))
    for seed in (14, 24, 102):
        yield case(f"mle {seed}", recipe(14, 8, seed, scale=(3, 2, 1.5, 1, 1, 1, 1, 1)), n_components="mle")

    tall, wide = recipe(700, 40, 12, scale=(3, 2, 1)), recipe(40, 700, 13, scale=(3, 2, 1))
    for name, data in (("tall", tall), ("wide", wide), ("square", recipe(60, 60, 14))):
        for power in (0, 3, "auto"):
            for extra in (1, 10):
                yield case(f"{name}, randomized, power {power}, {extra} more", data, n_components=4, svd_solver="randomized",
                           iterated_power=power, n_oversamples=extra, random_state=5)
    yield case("auto is randomized", tall, n_components=31, random_state=1)
    yield case("auto is full", tall, n_components=32, random_state=1)
    yield case("auto is full for 500 rows", recipe(500, 40, 12), n_components=3, random_state=1)
    yield case("randomized, all that there is", recipe(30, 8, 15), n_components=8, svd_solver="randomized", random_state=0)
    yield case("randomized, whitened", wide, n_components=5, whiten=True, random_state=2)
    yield case("randomized, copied columns", recipe(600, 30, 16, copies=[(j, j - 15) for j in range(15, 30)]), n_components=3, random_state=0)
    yield case("randomized, many columns", recipe(900, 600, 17, scale=(9, 4, 2, 1)), n_components=3, random_state=0)


write("pca.json", cases())
