"""Writes testdata/golden/pls.json and regressors.json: partial least squares,
cross-validation of regressors and correlations of scikit-learn 1.2.1 and numpy.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_pls.py
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import scipy
import sklearn
from sklearn.cross_decomposition import PLSRegression
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_linnerud, load_wine
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    ShuffleSplit,
    cross_val_predict,
    cross_validate,
    learning_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_pls.py",
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


def ints(a):
    return [int(v) for v in np.asarray(a).ravel()]


def matrix(a):
    a = np.asarray(a, dtype=float)
    return {"rows": a.shape[0], "cols": a.shape[1], "x": hexes(a)}


# As measured: load_diabetes scales it otherwise, to numbers of many more digits.
DIABETES, PROGRESS = load_diabetes(scaled=False, return_X_y=True)
LINNERUD = load_linnerud(return_X_y=True)
IRIS, WINE = load_iris(return_X_y=True), load_wine(return_X_y=True)


def one_hot(y):
    return np.eye(y.max() + 1)[y]


def random(n, p, q, seed):
    """Halves from −4 to 4, and targets that depend on them: exact in few digits."""
    rng = np.random.RandomState(seed)
    X = rng.randint(-8, 9, (n, p)) / 2
    return X, X[:, :q] + rng.randint(-2, 3, (n, q)) / 2


SETS = {
    "diabetes": (DIABETES, PROGRESS.reshape(-1, 1)),
    "linnerud": LINNERUD,
    "iris": (IRIS[0], one_hot(IRIS[1])),
    "wine": (WINE[0], one_hot(WINE[1])),
    "wine labels": (WINE[0], WINE[1].reshape(-1, 1)),
    "wide": random(8, 20, 2, 1),
    "one target, wide": random(6, 9, 1, 2),
    "two rows": (np.array([[1.0, 2, 4], [2, 3, 9]]), np.array([[1.0], [3]])),
    "small units": (LINNERUD[0] * 2.0**-40, LINNERUD[1][:, :1]),
    "constant column": (np.c_[random(12, 3, 2, 3)[0], np.full(12, 5.0)], random(12, 3, 2, 3)[1]),
    "constant target": (random(12, 3, 2, 4)[0], np.c_[random(12, 3, 2, 4)[1], np.full(12, 2.0)]),
    "constant targets": (random(12, 3, 2, 5)[0], np.full((12, 2), 3.0)),
}
OWN = ("iris", "wine", "wine labels")  # data.json has them


def pls():
    for name, (X, Y) in SETS.items():
        if name not in OWN:
            yield {"kind": "data", "name": name, "rows": X.shape[0], "cols": X.shape[1], "x": X.ravel().tolist(),
                   "targets": Y.shape[1], "y": Y.ravel().tolist()}
    for name, kw in (
        ("diabetes", {"n_components": 1}), ("diabetes", {}), ("diabetes", {"n_components": 10}), ("diabetes", {"n_components": 3, "scale": False}),
        ("linnerud", {"n_components": 1}), ("linnerud", {}), ("linnerud", {"n_components": 3}), ("linnerud", {"scale": False}),
        ("small units", {"scale": False}), ("linnerud", {"max_iter": 2}), ("linnerud", {"n_components": 3, "tol": 1e-15}),
        ("iris", {}), ("iris", {"n_components": 4}), ("wine", {}), ("wine", {"n_components": 5}), ("wine labels", {"n_components": 13}),
        ("wide", {}), ("wide", {"n_components": 6}), ("one target, wide", {"n_components": 9}), ("two rows", {"n_components": 1}),
        ("constant column", {}), ("constant target", {}), ("constant targets", {}),
    ):
        X, Y = SETS[name]
        m = PLSRegression(**kw).fit(X, Y)
        t, u = m.transform(X, Y)
        rows = slice(0, 5)
        inverse = m.inverse_transform(t[rows], u[rows])
        yield {
            "kind": "fit", "name": name, "components": m.n_components, "noscale": not m.scale, "maxiter": m.max_iter, "tol": float(m.tol).hex(),
            "niter": ints(m.n_iter_), "mean": hexes(m._x_mean), "std": hexes(m._x_std), "intercept": hexes(m.intercept_), "ystd": hexes(m._y_std),
            "fields": {
                "XWeights": matrix(m.x_weights_), "YWeights": matrix(m.y_weights_), "XLoadings": matrix(m.x_loadings_),
                "YLoadings": matrix(m.y_loadings_), "XRotations": matrix(m.x_rotations_), "YRotations": matrix(m.y_rotations_),
                "Coef": matrix(m.coef_), "XScores": matrix(m.x_scores_[rows]), "YScores": matrix(m.y_scores_[rows]),
                "Transform": matrix(t[rows]), "TransformY": matrix(u[rows]), "Inverse": matrix(inverse[0]), "InverseY": matrix(inverse[1]),
                "Predict": matrix(m.predict(X[rows])),
            },
        }


SCORERS = ("r2", "neg_mean_squared_error", "neg_mean_absolute_error", "neg_root_mean_squared_error")
LEARNERS = {"pls": PLSRegression(3), "pipe": make_pipeline(StandardScaler(), PLSRegression(2, scale=False))}


def regressors():
    X, y = DIABETES, PROGRESS
    shuffled = KFold(5, shuffle=True, random_state=0)
    for name, r in LEARNERS.items():
        scores = cross_validate(r, X, y, cv=shuffled, scoring=SCORERS, return_train_score=True)
        yield {"kind": "validate", "name": name,
               "test": {s: hexes(scores["test_" + s]) for s in SCORERS}, "train": {s: hexes(scores["train_" + s]) for s in SCORERS}}
        yield {"kind": "predict", "name": name, "predict": hexes(cross_val_predict(r, X, y, cv=shuffled))}
        sizes, train, test = learning_curve(r, X, y, cv=ShuffleSplit(3, random_state=1), train_sizes=np.array([0.1, 0.325, 0.55, 0.775, 1.0]))
        yield {"kind": "curve", "name": name, "sizes": ints(sizes), "test": {"r2": hexes(test)}, "train": {"r2": hexes(train)}}
    for scorer in SCORERS[:2]:
        search = GridSearchCV(PLSRegression(), {"n_components": range(1, 9), "scale": [False, True]}, scoring=scorer).fit(X, y)
        yield {"kind": "search", "name": scorer, "mean": hexes(search.cv_results_["mean_test_score"]), "std": hexes(search.cv_results_["std_test_score"]),
               "rank": ints(search.cv_results_["rank_test_score"]), "best": int(search.best_index_), "predict": hexes(search.predict(X[:8]))}
    for name, X in (("iris", IRIS[0]), ("wine", WINE[0]), ("breast_cancer", load_breast_cancer().data), ("diabetes", DIABETES)):
        yield {"kind": "correlation", "name": name, "predict": hexes(np.corrcoef(X, rowvar=False)[:12, :12])}


OUT.mkdir(exist_ok=True)
write("pls.json", pls())
write("regressors.json", regressors())
