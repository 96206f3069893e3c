"""Writes testdata/golden/svr.json: support vector regression, linear and one-class
support vector machines of scikit-learn 1.2.1.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_svr.py

A seed as the argument draws other data.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import scipy
import sklearn
from sklearn.svm import SVR, LinearSVC, OneClassSVM

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_svr.py",
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


def drawn(n, p):
    X = R.randn(n, p)
    return X, np.sin(2 * X[:, 0]) + 0.5 * X[:, 1] + 0.2 * R.randn(n)


def svr():
    X, y = drawn(150, 3)
    w = R.randint(0, 3, len(y)) * 0.8
    for p in [{}, {"C": 20.0, "epsilon": 0.01}, {"C": 20.0, "epsilon": 0.01, "shrinking": False}, {"kernel": "linear"}, {"tol": 1e-9},
              {"kernel": "poly", "gamma": 0.3, "coef0": 1.0}, {"kernel": "sigmoid", "gamma": 0.05}, {"weights": True, "C": 2.0},
              {"epsilon": 0.0}, {"C": 1000.0, "max_iter": 500}, {"C": 300.0}, {"epsilon": 50.0}]:
        weights = w if p.get("weights") else None
        m = SVR(**{k: v for k, v in p.items() if k != "weights"}).fit(X, y, sample_weight=weights)
        rows = np.flatnonzero(w) if weights is not None else np.arange(len(y))  # support_ leaves out those of weight 0
        data = {} if p else {"rows": 150, "cols": 3, "x": hexes(X), "values": hexes(y), "weights": hexes(w)}  # all have the same
        yield {"kind": "SVR", "params": p, **data, "support": rows[m.support_].tolist(), "dual": hexes(m.dual_coef_), "intercept": hexes(m.intercept_),
               "n_iter": int(m.n_iter_), "predict": hexes(m.predict(-X[:20]))}


def linear():
    for k, p in [(2, {}), (2, {"loss": "hinge"}), (3, {"C": 0.3}), (2, {"fit_intercept": False}), (2, {"intercept_scaling": 10.0, "C": 0.05}),
                 (3, {"loss": "hinge", "C": 0.2}), (2, {"weights": True})]:
        X = R.randn(80, 4)
        y = np.digitize(X[:, 0] + X[:, 1] + 0.8 * R.randn(80), [[0.0], [-0.8, 0.8]][k - 2]) * 2
        w = R.randint(0, 3, len(y)) * 0.8
        weights = w if p.get("weights") else None
        m = LinearSVC(tol=1e-11, max_iter=10_000_000, random_state=0, **{k: v for k, v in p.items() if k != "weights"})
        m.fit(X, y, sample_weight=weights)
        yield {"kind": "LinearSVC", "params": p, "rows": 80, "cols": 4, "x": hexes(X), "y": y.tolist(), "weights": hexes(w),
               "dual": hexes(m.coef_), "intercept": hexes(np.broadcast_to(m.intercept_, len(m.coef_))), "predict": hexes(m.predict(-X[:20]))}


def one_class():
    X = drawn(150, 3)[0]
    w = R.randint(0, 3, len(X)) * 0.8
    for p in [{}, {"nu": 0.1}, {"nu": 0.1, "shrinking": False}, {"kernel": "linear"}, {"kernel": "poly", "gamma": 0.3, "coef0": 1.0},
              {"tol": 1e-9}, {"weights": True, "nu": 0.3}, {"nu": 0.003}]:
        weights = w if p.get("weights") else None
        m = OneClassSVM(**{k: v for k, v in p.items() if k != "weights"}).fit(X, sample_weight=weights)
        rows = np.flatnonzero(w) if weights is not None else np.arange(len(X))
        data = {} if p else {"rows": 150, "cols": 3, "x": hexes(X), "weights": hexes(w)}
        yield {"kind": "OneClassSVM", "params": p, **data, "support": rows[m.support_].tolist(), "dual": hexes(m.dual_coef_),
               "intercept": hexes(m.intercept_), "n_iter": int(m.n_iter_), "predict": hexes(m.decision_function(-X[:20]))}


lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in [*svr(), *linear(), *one_class()])
(OUT / "svr.json").write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")
