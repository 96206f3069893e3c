"""Writes testdata/golden/svc.json: support vector machines of scikit-learn 1.2.1.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_svc.py
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import scipy
import sklearn
from sklearn.datasets import load_breast_cancer, load_iris, load_wine, make_classification
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_svc.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
}
SETS = {"iris": load_iris(), "wine": load_wine(), "breast_cancer": load_breast_cancer()}
RAW = {name: (d.data, d.target) for name, d in SETS.items()}
SCALED = {name: (StandardScaler().fit_transform(X), y) for name, (X, y) in RAW.items()}
KERNELS = ["rbf", "linear", "poly", "sigmoid", "precomputed"]


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def ints(a):
    return [int(v) for v in np.asarray(a).ravel()]


def inline_sets():
    """Small sets with the hard cases in them."""
    r = np.random.RandomState(5)
    a = r.randn(12, 2)
    yield "duplicates", np.repeat(a, 2, axis=0), np.tile([0, 1], 12)
    yield "constant", np.ones((6, 2)), np.array([0, 0, 1, 0, 1, 1])
    yield "constant three classes", np.ones((9, 1)), np.arange(9) % 3
    yield "two rows", np.array([[0.0], [1.0]]), np.array([0, 1])
    yield "codes 2 5 9", r.randn(40, 2), r.choice([2, 5, 9], 40)
    yield "five classes", r.randn(60, 3), np.arange(60) % 5


def cases():
    for name in SETS:
        for tol in (1e-3, 1e-9):
            yield name, *SCALED[name], {"tol": tol}
            yield name, *SCALED[name], {"tol": tol, "shrinking": False}
        for kernel in ("linear", "poly", "sigmoid"):
            yield name, *SCALED[name], {"kernel": kernel, "coef0": 0.5 if kernel == "poly" else 0.0}
        yield name, *SCALED[name], {"kernel": "poly", "degree": 2, "gamma": 0.1, "C": 10.0}
    yield "iris", *RAW["iris"], {"gamma": "auto", "break_ties": True, "C": 0.01}
    yield "wine", *RAW["wine"], {}
    for C in (100.0, 1e-12):
        yield "breast_cancer", *SCALED["breast_cancer"], {"C": C}
    yield "breast_cancer", *SCALED["breast_cancer"], {"C": 1e10, "max_iter": 50}
    for name, X, y in inline_sets():
        for kw in ({}, {"C": 10.0, "gamma": 0.7, "tol": 1e-9}, {"kernel": "precomputed"}):
            if kw.get("kernel") == "precomputed":
                X = X @ X.T
            yield name, X, y, kw
    for name in SETS:
        yield name, *SCALED[name], {"class_weight": "balanced", "C": 0.5}
        yield name, *SCALED[name], {"weighted": True}
    # Many steps, so that variables are shrunk more than once, and come back.
    X, y = make_classification(400, 4, n_redundant=0, random_state=1, flip_y=0.1)
    X = np.round(X, 4)
    yield "noisy", X, y, {"C": 300.0}
    yield "noisy", X, y, {"C": 1.0, "kernel": "linear"}
    yield "noisy", X, y, {"C": 1000.0, "max_iter": 1000}


def svc():
    for name, X, y, kw in cases():
        weights = np.arange(len(y)) % 3 / 2.0 if kw.pop("weighted", False) else None
        m = SVC(decision_function_shape="ovo", **kw).fit(X, y, sample_weight=weights)
        # scikit-learn counts the support vectors without the rows of weight 0.
        support = m.support_ if weights is None else np.flatnonzero(weights)[m.support_]
        # Of large sets, some rows will do.
        step = max(1, len(y) // 20)
        pairs = m.decision_function(X[::step])
        m.decision_function_shape = "ovr"
        c = {
            "name": name,
            "params": {
                "C": kw.get("C", 1.0), "kernel": KERNELS.index(kw.get("kernel", "rbf")), "degree": kw.get("degree", 3),
                "gamma": str(kw.get("gamma", "scale")), "coef0": kw.get("coef0", 0.0), "tol": kw.get("tol", 1e-3),
                "max_iter": kw.get("max_iter", -1), "shrinking": kw.get("shrinking", True), "break_ties": kw.get("break_ties", False),
                "balanced": "class_weight" in kw, "weighted": weights is not None,
            },
            "gamma": float(m._gamma).hex(),
            "n_iter": ints(m.n_iter_),
            "converged": m.fit_status_ == 0,
            "support": ints(support),
            "n_support": ints(m.n_support_),
            "intercept": hexes(m.intercept_),
            "dual_coef": hexes(m.dual_coef_[:, :: max(1, m.dual_coef_.shape[1] // 20)]),
            "step": step,
            "pairs": hexes(pairs),
            "decision": hexes(m.decision_function(X[::step])),
            "predict": ints(m.predict(X)),
        }
        if name in SETS:
            c["scaled"] = X is SCALED[name][0]
        else:
            c |= {"rows": X.shape[0], "cols": X.shape[1], "x": [repr(float(v)) for v in X.ravel()], "y": ints(y)}
        yield c


lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in svc())
(OUT / "svc.json").write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")
