"""Writes testdata/golden/permutation.json: permutation_importance of scikit-learn 1.2.1.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_permutation.py

The models are forests of five trees with random_state 1, which are the same in Go.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.inspection import permutation_importance

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_permutation.py",
    "versions": {"python": sys.version.split()[0], "numpy": np.__version__, "scikit-learn": sklearn.__version__},
}
SETS = {"iris": load_iris(return_X_y=True), "wine": load_wine(return_X_y=True), "breast_cancer": load_breast_cancer(return_X_y=True),
        "diabetes": load_diabetes(scaled=False, return_X_y=True)}


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def case(name, scoring, seed, repeats=5, samples=None):
    X, y = SETS[name]
    learner = RandomForestRegressor if name == "diabetes" else RandomForestClassifier
    m = learner(5, random_state=1).fit(X, y)
    r = permutation_importance(m, X, y, scoring=scoring, n_repeats=repeats, random_state=seed, max_samples=1.0 if samples is None else samples)
    return {"name": name, "scoring": scoring, "seed": seed, "repeats": repeats, "samples": samples, "mean": hexes(r.importances_mean),
            "std": hexes(r.importances_std), "importances": hexes(r.importances)}


def cases():
    for i, seed in enumerate((0, 1, 42, 2**32 - 1)):
        yield case("iris", None, seed)
        yield case("wine", "f1_macro", seed, 1 + i)
        yield case("diabetes", None, seed)
    yield case("iris", "neg_log_loss", 3, 20)
    yield case("wine", "accuracy", 4, 9, 60)
    yield case("wine", "accuracy", 4, 2, 177)  # nearly all
    yield case("breast_cancer", "roc_auc", 5, 2)
    yield case("breast_cancer", "average_precision", 5, 2, 0.4999)
    yield case("breast_cancer", "accuracy", 6, 3, 4)  # few
    yield case("diabetes", "neg_mean_squared_error", 7, 8, 0.7)


lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in cases())
(OUT / "permutation.json").write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")
