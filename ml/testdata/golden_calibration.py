"""Writes testdata/golden/calibration.json: calibrated classifiers, isotonic regressions and
the probabilities of support vector machines, of scikit-learn 1.2.1.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_calibration.py

A seed as the argument draws other rows and numbers.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import scipy
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.isotonic import IsotonicRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_calibration.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
}
SETS = {"iris": load_iris(), "wine": load_wine(), "breast_cancer": load_breast_cancer()}
SEED = int(sys.argv[1]) if len(sys.argv) > 1 else 0
R = np.random.RandomState(SEED)


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def calibrated():
    for name, d in SETS.items():
        X, y = StandardScaler().fit_transform(d.data), d.target
        train, test = np.sort(R.choice(len(y), 100, replace=False)), R.choice(len(y), 15, replace=False)
        for learner in ("GaussianNB", "SVC"):
            for method in ("sigmoid", "isotonic"):
                for how in ("ensemble", "single", "prefit"):
                    clf = GaussianNB() if learner == "GaussianNB" else SVC()
                    if how == "prefit":
                        m = CalibratedClassifierCV(clf.fit(X[::3], y[::3]), method=method, cv="prefit")
                    else:
                        m = CalibratedClassifierCV(clf, method=method, cv=4, ensemble=how == "ensemble")
                    m.fit(X[train], y[train])
                    yield {"kind": how, "name": name, "learner": learner, "method": method, "train": train.tolist(), "test": test.tolist(),
                           "proba": hexes(m.predict_proba(X[test]))}


def isotonic():
    for n, increasing, weighted in [(30, True, False), (30, False, False), (40, True, True), (40, False, True), (1, True, False), (2, True, False)]:
        x = R.randint(0, max(2, n // 2), n) * 0.3 if n > 2 else R.rand(n)
        y = np.round(R.randn(n) + (x if increasing else -x), 1)
        w = R.randint(0, 3, n) * 0.7 + (n == 1) if weighted else None
        m = IsotonicRegression(increasing=increasing, out_of_bounds="clip").fit(x, y, w)
        q = np.r_[x, R.rand(20) * 9 - 1]
        yield {"kind": "isotonic", "increasing": increasing, "x": hexes(x), "y": hexes(y), "weights": hexes(w) if weighted else None,
               "xs": hexes(m.X_thresholds_), "ys": hexes(m.y_thresholds_), "query": hexes(q), "proba": hexes(m.predict(q))}


def platt():
    for name, d in SETS.items():
        X, y = StandardScaler().fit_transform(d.data), d.target
        train, test = np.sort(R.choice(len(y), 120, replace=False)), R.choice(len(y), 15, replace=False)
        for tol in (1e-3, 1e-9):
            m = SVC(probability=True, random_state=3 + SEED, tol=tol).fit(X[train], y[train])
            yield {"kind": "platt", "name": name, "tol": tol, "seed": 3 + SEED, "train": train.tolist(), "test": test.tolist(),
                   "xs": hexes(m.probA_), "ys": hexes(m.probB_), "proba": hexes(m.predict_proba(X[test]))}


lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in [*calibrated(), *isotonic(), *platt()])
(OUT / "calibration.json").write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")
