"""Writes testdata/golden/histboosting.json and gradientboosting.json: trees, scores and
predictions of scikit-learn 1.2.1's HistGradientBoostingClassifier, GradientBoostingClassifier
and their regressors.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_boosting.py

One thread, so that sums have one order. Nodes are too many to be written down, so that
cases hold SHA-256 sums of them; a small one also holds the arrays.
"""

import hashlib
import json
import pathlib
import sys
import warnings

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import (GradientBoostingClassifier, GradientBoostingRegressor, HistGradientBoostingClassifier,
                              HistGradientBoostingRegressor)

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_boosting.py",
    "versions": {"python": sys.version.split()[0], "numpy": np.__version__, "scikit-learn": sklearn.__version__},
}
SETS = {"iris": load_iris(), "wine": load_wine(), "breast_cancer": load_breast_cancer(), "digits": load_digits(),
        "diabetes": load_diabetes(scaled=False)}


def write(name, cases):
    lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in cases)
    (OUT / name).write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def sha(*arrays):
    h = hashlib.sha256()
    for a, kind in arrays:
        h.update(np.ascontiguousarray(a).astype(kind).tobytes())
    return h.hexdigest()[:32]


def weights(kind, n):
    """The same in Go: whole numbers 0 to 3, or odd numbers over 7."""
    i = np.arange(n)
    return {"whole": (i * 7 % 4).astype(float), "real": (2 * (i * 5 % 11) + 1) / 7.0}[kind]


def rings(rows, cols):
    """The same in Go: points whose label says whether they lie in a circle."""
    r = np.random.RandomState(rows)
    X = (2 * r.random_sample(rows * cols) - 1).reshape(cols, rows).T
    wrong = r.random_sample(rows) < 0.05
    return X, ((X[:, 0] ** 2 + X[:, 1] ** 2 < 0.6) != wrong).astype(int)


def gaps(X):
    """Takes cells out, more of some columns than of others."""
    X = X.astype(float).copy()
    i, j = np.indices(X.shape)
    X[(i * 3 + j * 5) % (j + 4) == 0] = np.nan
    return X


def data(name, missing):
    if name.startswith("rings"):
        X, y = rings(*(int(v) for v in name.split()[1:]))
    else:
        X, y = SETS[name].data, SETS[name].target
    return (gaps(X) if missing else X), y


def nodes(m):
    """Leaves have marks where scikit-learn leaves zeros."""
    for trees in m._predictors:
        for tree in trees:
            n = tree.nodes
            leaf = n["is_leaf"].astype(bool)
            yield {
                "feature": np.where(leaf, -2, n["feature_idx"].astype(int)), "threshold": np.where(leaf, -2, n["num_threshold"]),
                "missing": np.where(leaf, 0, n["missing_go_to_left"]), "left": np.where(leaf, -1, n["left"].astype(int)),
                "right": np.where(leaf, -1, n["right"].astype(int)), "samples": n["count"],
                "gain": np.where(leaf, 0, n["gain"]), "value": n["value"],
            }


KINDS = {"feature": "<i4", "threshold": "<f8", "missing": "u1", "left": "<i4", "right": "<i4", "samples": "<i4", "gain": "<f8", "value": "<f8"}


def case(learner, name, weight=None, missing=False, arrays=False, **params):
    X, y = data(name, missing)
    w = None if weight is None else weights(weight, len(y))
    if params.get("loss") == "poisson":
        y = y // 40 % 5
    m = learner(**params).fit(X, y, sample_weight=w)
    all_nodes = list(nodes(m))
    first = all_nodes[: 3 * m.n_trees_per_iteration_]
    c = {"name": name, "missing": missing, "params": params, "trees": len(all_nodes), "nodes": sum(len(t["left"]) for t in all_nodes),
         "structure": sha(*((t[k], KINDS[k]) for t in all_nodes for k in ("feature", "threshold", "missing", "left", "right", "samples"))),
         "values": sha(*((t[k], KINDS[k]) for t in all_nodes for k in ("gain", "value"))),
         "firstvalues": sha(*((t[k], KINDS[k]) for t in first for k in ("gain", "value"))),
         "start": hexes(m._baseline_prediction), "train": hexes(m.train_score_), "validation": hexes(m.validation_score_)}
    if learner is HistGradientBoostingClassifier:
        c["raw"] = hexes(m.decision_function(X)[:5])
        c["proba"] = hexes(m.predict_proba(X)[:5])
        c["labels"] = "".join(str(v) for v in m.predict(X)[:300])
    else:
        c["predicted"] = hexes(m.predict(X)[:10])
    if weight:
        c["weights"] = weight
    if arrays:
        c["arrays"] = [{k: hexes(v) for k, v in t.items()} for t in all_nodes]
    return c


PARAMS = [
    {"learning_rate": 0.5}, {"max_leaf_nodes": 4}, {"max_leaf_nodes": None}, {"max_depth": 2}, {"max_depth": 1, "max_leaf_nodes": None},
    {"min_samples_leaf": 1}, {"min_samples_leaf": 60}, {"l2_regularization": 3.0}, {"max_bins": 2}, {"max_bins": 17}, {"max_bins": 254},
    {"early_stopping": True}, {"early_stopping": True, "validation_fraction": None, "tol": 0.01}, {"early_stopping": True, "validation_fraction": 30, "n_iter_no_change": 2},
]


def cases():
    C, R = HistGradientBoostingClassifier, HistGradientBoostingRegressor
    yield case(C, "iris", arrays=True, missing=True, max_iter=1, random_state=0)
    for name in ("iris", "wine", "breast_cancer", "digits"):
        for missing in (False, True):
            yield case(C, name, missing=missing, max_iter=5 if name == "digits" else 30, random_state=0)
        for weight in ("whole", "real"):
            yield case(C, name, weight, max_iter=3 if name == "digits" else 10, random_state=1)
    for i, params in enumerate(PARAMS):
        for name in ("wine", "breast_cancer"):
            yield case(C, name, missing=i % 2 == 1, random_state=i, **{"max_iter": 40, **params})
    yield case(C, "wine", "real", max_iter=9, random_state=2, class_weight="balanced", early_stopping=True)
    yield case(C, "breast_cancer", max_iter=9, random_state=2, class_weight={0: 2.5, 1: 1})
    yield case(C, "rings 10500 3", max_iter=20, random_state=42)
    yield case(R, "rings 210000 2", max_iter=2, random_state=7, early_stopping=False)
    for loss in ({}, {"loss": "absolute_error"}, {"loss": "poisson"}, {"loss": "quantile", "quantile": 0.9}, {"loss": "quantile", "quantile": 0.3}):
        for weight in (None, "whole", "real"):
            yield case(R, "diabetes", weight, missing=weight == "real", max_iter=20, random_state=3, **loss)
        yield case(R, "diabetes", max_iter=50, random_state=4, early_stopping=True, **loss)
    for i, params in enumerate(PARAMS):
        yield case(R, "diabetes", missing=i % 2 == 0, random_state=i, **{"max_iter": 40, **params})


write("histboosting.json", cases())


def gradient_case(learner, name, weight=None, **params):
    X, y = data(name, False)
    w = None if weight is None else weights(weight, len(y))
    m = learner(**params).fit(X, y, sample_weight=w)
    trees = [e.tree_ for e in m.estimators_.ravel()]
    c = {"name": name, "params": params, "trees": len(trees), "nodes": sum(t.node_count for t in trees),
         "structure": sha(*(a for t in trees for a in ((t.feature, "<i4"), (t.threshold, "<f8"), (t.children_left, "<i4"),
                                                       (t.children_right, "<i4"), (t.n_node_samples, "<i4")))),
         "values": hexes(np.concatenate([t.value.ravel() for t in trees])[:40]),
         "start": hexes(m._raw_predict_init(X[:1])),
         "train": hexes(m.train_score_), "oob": hexes(getattr(m, "oob_improvement_", [])), "importances": hexes(m.feature_importances_)}
    if learner is GradientBoostingClassifier:
        c["raw"] = hexes(m.decision_function(X)[:5])
        c["proba"] = hexes(m.predict_proba(X)[:5])
        c["labels"] = "".join(str(v) for v in m.predict(X)[:300])
    else:
        c["predicted"] = hexes(m.predict(X)[:10])
    if weight:
        c["weights"] = weight
    return c


GRADIENT = [
    {"subsample": 0.5}, {"subsample": 0.9, "max_features": "sqrt"}, {"max_features": 2}, {"criterion": "squared_error"}, {"init": "zero"},
    {"max_depth": 1}, {"max_depth": None, "max_leaf_nodes": 5}, {"min_samples_leaf": 9, "min_samples_split": 0.2}, {"learning_rate": 0.7},
    {"n_iter_no_change": 3, "tol": 0.01}, {"n_iter_no_change": 1, "validation_fraction": 0.4, "subsample": 0.8}, {"ccp_alpha": 0.01},
    {"min_weight_fraction_leaf": 0.1, "min_impurity_decrease": 0.001},
]


def gradient_cases():
    C, R = GradientBoostingClassifier, GradientBoostingRegressor
    for name in ("iris", "wine", "breast_cancer"):
        for weight in (None, "whole", "real"):
            yield gradient_case(C, name, weight, n_estimators=20, random_state=0)
        for i, params in enumerate(GRADIENT):
            yield gradient_case(C, name, n_estimators=12, random_state=i, **params)
    yield gradient_case(C, "digits", n_estimators=2, random_state=3)
    for loss in ({}, {"loss": "absolute_error"}, {"loss": "quantile"}, {"loss": "quantile", "alpha": 0.3}):
        for weight in (None, "whole", "real"):
            yield gradient_case(R, "diabetes", weight, n_estimators=15, random_state=1, **loss)
    for i, params in enumerate(GRADIENT):
        yield gradient_case(R, "diabetes", n_estimators=12, random_state=i, **params)
    for weight in (None, "whole", "real"):
        yield gradient_case(R, "diabetes", weight, n_estimators=15, random_state=1, loss="huber")
    for params in ({"alpha": 0.5}, {"subsample": 0.5}, {"subsample": 0.8, "n_iter_no_change": 2, "tol": 0.01}, {"init": "zero", "max_depth": 6}):
        yield gradient_case(R, "diabetes", n_estimators=15, random_state=2, loss="huber", **params)


write("gradientboosting.json", gradient_cases())
