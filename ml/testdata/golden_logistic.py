"""Writes testdata/golden/logistic.json: logistic regressions of scikit-learn 1.2.1.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_logistic.py

The solvers are those that go on to the minimum if told to: newton-cholesky for one
output, newton-cg for several, saga for L1, of which only the objective is compared.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import scipy
import sklearn
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_logistic.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
}
SETS = {"iris": load_iris(), "wine": load_wine(), "breast_cancer": load_breast_cancer()}
PENALTIES = ["l2", "l1", "elasticnet", "none"]


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def drawn(rows, cols, classes, seed):
    """Labels that hang on the first columns, a fifth of them wrong. The test draws the same."""
    r = np.random.RandomState(seed)
    X = r.random_sample((rows, cols))
    y = np.minimum((X[:, :2].sum(axis=1) * classes / 2).astype(int), classes - 1)
    wrong = r.random_sample(rows) < 0.2
    y[wrong] = (y[wrong] + 1) % classes
    return X, y


def cases():
    for name, d in SETS.items():
        X = StandardScaler().fit_transform(d.data)
        for C in (0.05, 1.0, 20.0):
            yield name, X, d.target, {"C": C}, False
        yield name, X, d.target, {"fit_intercept": False}, False
        if name != "breast_cancer":
            yield name, X, d.target, {}, True
        yield name, X, d.target, {"penalty": "l1", "C": 0.5}, False
        yield name, X, d.target, {"penalty": "elasticnet", "l1_ratio": 0.3, "C": 0.5}, False
    yield ("300 4 2", *drawn(300, 4, 2, 1), {"penalty": "none"}, False)
    yield ("300 4 3", *drawn(300, 4, 3, 2), {"penalty": "none"}, False)
    yield ("90 250 3", *drawn(90, 250, 3, 3), {"C": 0.3}, False)
    yield ("90 700 2", *drawn(90, 700, 2, 4), {"C": 3.0}, False)


def objective(m, X, y, kw):
    z = m.decision_function(X)
    if z.ndim == 1:
        loss = np.logaddexp(0, np.where(y == 1, -z, z)).sum()
    else:
        loss = (scipy.special.logsumexp(z, axis=1) - z[np.arange(len(y)), y]).sum()
    ratio = {"l1": 1.0, "elasticnet": kw.get("l1_ratio", 0)}[kw["penalty"]]
    w = m.coef_
    return kw["C"] * loss + ratio * abs(w).sum() + (1 - ratio) * (w**2).sum() / 2


def logistic():
    for name, X, y, kw, ovr in cases():
        penalty = kw.get("penalty", "l2")
        several = len(set(y)) > 2 and not ovr
        solver = "saga" if penalty in ("l1", "elasticnet") else "newton-cg" if several else "newton-cholesky"
        m = LogisticRegression(solver=solver, tol=1e-12, max_iter=1_000_000 if solver == "saga" else 10_000,
                               multi_class="ovr" if ovr else "auto", random_state=0, **kw).fit(X, y)
        c = {
            "name": name,
            "params": {"C": kw.get("C", 1.0), "penalty": PENALTIES.index(penalty), "l1_ratio": kw.get("l1_ratio", 0.0),
                       "intercept": kw.get("fit_intercept", True), "ovr": ovr},
        }
        if solver == "saga":
            c["objective"] = float(objective(m, X, y, kw)).hex()
        else:
            step = max(1, m.coef_.size // 100)
            c |= {"step": step, "coef": hexes(m.coef_.ravel()[::step]), "intercept": hexes(m.intercept_),
                  "proba": hexes(m.predict_proba(X[:10])), "predict": [int(v) for v in m.predict(X)]}
        yield c


lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in logistic())
(OUT / "logistic.json").write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")
