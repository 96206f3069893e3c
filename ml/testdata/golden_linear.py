"""Writes testdata/golden/linear.json: linear regressions and neighbours of scikit-learn 1.2.1.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_linear.py

Ridge is asked for its singular value decomposition, which goes to the minimum. A seed as the
argument draws other data.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import scipy
import sklearn
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_linear.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
}
R = np.random.RandomState(int(sys.argv[1]) if len(sys.argv) > 1 else 0)


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def data():
    """Name, X, Y, weights."""
    def targets(X, q):
        w = R.randn(X.shape[1], q) / (abs(X).max(axis=0) + 1e-300)[:, None]
        return X @ w + R.randn(X.shape[0], q) + 3

    X = R.randn(40, 4)
    yield "tall", X, targets(X, 1), None
    yield "several targets", X, targets(X, 3), None
    yield "weights", X, targets(X, 1), R.randint(0, 4, 40) * 0.7
    X = R.randn(12, 20)
    yield "wide", X, targets(X, 2), None
    yield "wide, weights", X, targets(X, 1), R.rand(12) + 0.1
    X = R.randn(8, 8)
    yield "square", X, targets(X, 1), None
    X = R.randn(30, 5)
    yield "dependent columns", np.c_[X, X[:, 0] - 2 * X[:, 3], np.ones(30)], targets(X, 1), None
    yield "scales and offsets", X * [1e-6, 1, 1e3, 1e5, 1e2] + [0, 1e4, 0, 7, -1e3], targets(X, 1), None
    yield "constant y", X, np.full((30, 1), 0.1), None
    yield "one column", X[:, :1], targets(X[:, :1], 1), None
    yield "one row", X[:1], targets(X[:1], 1), None


LEARNERS = {
    "LinearRegression": lambda p: LinearRegression(**p),
    "Ridge": lambda p: Ridge(solver="svd", **p),
    "Lasso": lambda p: Lasso(**p),
    "ElasticNet": lambda p: ElasticNet(**p),
    "KNeighborsRegressor": lambda p: KNeighborsRegressor(**p),
}
PARAMS = [
    ("LinearRegression", {}),
    ("LinearRegression", {"fit_intercept": False}),
    ("Ridge", {}),
    ("Ridge", {"alpha": 1e-3, "fit_intercept": False}),
    ("Ridge", {"alpha": 100.0}),
    ("Lasso", {"alpha": 0.05}),
    ("Lasso", {"alpha": 0.3, "tol": 1e-10, "max_iter": 100_000}),
    ("ElasticNet", {"alpha": 0.2, "fit_intercept": False}),
    ("ElasticNet", {"alpha": 0.02, "l1_ratio": 0.1, "tol": 1e-8}),
    ("KNeighborsRegressor", {"n_neighbors": 1}),
    ("KNeighborsRegressor", {"n_neighbors": 4, "weights": "distance", "p": 1}),
]


def fits(X, Y, w):
    for name, p in PARAMS:
        if name == "KNeighborsRegressor" and (p["n_neighbors"] > len(X) or w is not None or Y.shape[1] > 1):
            continue
        m = LEARNERS[name](p)
        m.fit(X, Y) if w is None else m.fit(X, Y, sample_weight=w)
        f = {"learner": name, "params": p, "predict": hexes(m.predict(X + 0.25 * abs(X).max(axis=0)))}
        if hasattr(m, "coef_"):
            f |= {"coef": hexes(m.coef_), "intercept": hexes(np.broadcast_to(m.intercept_, Y.shape[1]))}
        if name == "LinearRegression":
            f |= {"rank": int(m.rank_), "singular": hexes(m.singular_)}
        if hasattr(m, "n_iter_") and name != "Ridge":
            f |= {"n_iter": np.ravel(m.n_iter_).tolist(), "gap": hexes(m.dual_gap_)}
        yield f


def linear():
    for name, X, Y, w in data():
        yield {"name": name, "rows": X.shape[0], "cols": X.shape[1], "x": hexes(X), "targets": Y.shape[1], "y": hexes(Y),
               "weights": None if w is None else hexes(w), "fits": list(fits(X, Y, w))}


lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in linear())
(OUT / "linear.json").write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")
