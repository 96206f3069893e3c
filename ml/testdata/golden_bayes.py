"""Writes testdata/golden/bayes.json: naive Bayes and dummies of scikit-learn 1.2.1.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_bayes.py

A seed as the argument draws other rows and numbers.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import scipy
import sklearn
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.naive_bayes import GaussianNB

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_bayes.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
}
SETS = {"iris": load_iris(), "wine": load_wine(), "breast_cancer": load_breast_cancer()}
R = np.random.RandomState(int(sys.argv[1]) if len(sys.argv) > 1 else 0)


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def bayes():
    for name, d in SETS.items():
        train = R.choice(len(d.target), 90, replace=False)
        test = R.choice(len(d.target), 12, replace=False)
        X, y, w = d.data[train], d.target[train], R.randint(0, 3, 90) * 0.5
        k = len(d.target_names)
        priors = R.dirichlet(np.ones(k))
        fits = {
            "plain": GaussianNB().fit(X, y),
            "weights": GaussianNB().fit(X, y, sample_weight=w),
            "priors": GaussianNB(priors=priors, var_smoothing=1e-3).fit(X, y),
            "parts": GaussianNB(var_smoothing=0).partial_fit(X[:50], y[:50], np.arange(k)).partial_fit(X[50:], y[50:]),
        }
        for kind, m in fits.items():
            yield {"kind": kind, "name": name, "train": train.tolist(), "test": test.tolist(), "weights": hexes(w),
                   "priors": hexes(priors), "mean": hexes(m.theta_), "var": hexes(m.var_), "prior": hexes(m.class_prior_),
                   "proba": hexes(m.predict_proba(d.data[test])), "predict": m.predict(d.data).tolist()[::5]}


def dummies():
    for strategy in ("prior", "most_frequent", "stratified", "uniform", "constant"):
        for k in (1, 2, 5):
            y = R.randint(0, k, 40) * 3
            m = DummyClassifier(strategy=strategy, random_state=7, constant=y[0]).fit(np.zeros((40, 1)), y)
            X = np.zeros((60, 1))
            yield {"kind": "dummy " + strategy, "y": y.tolist(), "predict": m.predict(X).tolist(), "proba": hexes(m.predict_proba(X[:10]))}
    y = R.randn(30)
    for strategy in ("mean", "median", "quantile", "constant"):
        m = DummyRegressor(strategy=strategy, quantile=0.3, constant=2.5).fit(np.zeros((30, 1)), y)
        yield {"kind": "value " + strategy, "values": hexes(y), "proba": hexes(m.predict(np.zeros((1, 1))))}


lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in [*bayes(), *dummies()])
(OUT / "bayes.json").write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")
