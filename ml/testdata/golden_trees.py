"""Writes testdata/golden/trees.json, regressiontrees.json and digits.json: trees and
forests of scikit-learn 1.2.1 for many seeds and parameters.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_trees.py

Nodes are too many to be written down, so most cases hold SHA-256 sums of them; a few
small ones also hold the arrays, so that a difference can be read.
"""

import hashlib
import json
import pathlib
import sys
import warnings

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_trees.py",
    "versions": {"python": sys.version.split()[0], "numpy": np.__version__, "scikit-learn": sklearn.__version__},
}
SETS = {"iris": load_iris(), "wine": load_wine(), "breast_cancer": load_breast_cancer(), "digits": load_digits()}
LEARNERS = {"RandomForest": RandomForestClassifier, "ExtraTrees": ExtraTreesClassifier, "DecisionTree": DecisionTreeClassifier}


def write(name, cases):
    lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in cases)
    (OUT / name).write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def ints(a):
    return [int(v) for v in np.asarray(a).ravel()]


def digits():
    """A letter per cell: A is 0, Q is 16."""
    d = SETS["digits"]
    cells = "".join(chr(65 + int(v)) for v in d.data.ravel())
    yield {"rows": d.data.shape[0], "cols": d.data.shape[1], "cells": cells, "labels": "".join(str(v) for v in d.target)}


def sha(*arrays):
    h = hashlib.sha256()
    for a, kind in arrays:
        h.update(np.ascontiguousarray(a).astype(kind).tobytes())
    return h.hexdigest()[:32]


def structure(t):
    """All of a tree but its impurities."""
    return [(t.feature, "<i4"), (t.threshold, "<f8"), (t.children_left, "<i4"), (t.children_right, "<i4"),
            (t.n_node_samples, "<i4"), (t.weighted_n_node_samples, "<f8"), (t.value, "<f8")]


def weights(kind, n):
    """The same in Go: whole numbers 0 to 3, or quarters of odd numbers over 7."""
    i = np.arange(n)
    return {"whole": (i * 7 % 4).astype(float), "real": (2 * (i * 5 % 11) + 1) / 7.0}[kind]


def case(learner, name, weight=None, arrays=False, **params):
    d = SETS[name]
    w = None if weight is None else weights(weight, len(d.target))
    m = LEARNERS[learner](**params).fit(d.data, d.target, sample_weight=w)
    trees = [e.tree_ for e in getattr(m, "estimators_", [m])]
    proba = m.predict_proba(d.data)
    c = {"learner": learner, "name": name, "params": params, "nodes": sum(t.node_count for t in trees),
         "structure": sha(*(a for t in trees for a in structure(t))), "proba": sha((proba, "<f8")),
         "applied": sha((m.apply(d.data), "<i4"))}
    if weight:
        c["weights"] = weight
    if params.get("criterion", "gini") == "gini":
        c["impurity"] = sha(*((t.impurity, "<f8") for t in trees))
        c["importances"] = sha((m.feature_importances_, "<f8"))
    else:  # whose logarithms may differ in the last bit
        c["impurities"] = hexes(trees[0].impurity)
    if params.get("oob_score"):
        c |= {"oob": sha((m.oob_decision_function_, "<f8")), "oob_score": m.oob_score_.hex()}
    path = m.decision_path(d.data)
    path = path[0] if isinstance(path, tuple) else path
    c["path"] = sha((path.indices, "<i4"), (path.indptr, "<i4"))
    if arrays:
        c["trees"] = [{"feature": ints(t.feature), "threshold": hexes(t.threshold), "left": ints(t.children_left),
                       "right": ints(t.children_right), "samples": ints(t.n_node_samples)} for t in trees]
    return c


FOREST = [
    {"max_depth": 4}, {"min_samples_split": 20}, {"min_samples_split": 0.2}, {"min_samples_leaf": 7}, {"min_samples_leaf": 0.03},
    {"min_weight_fraction_leaf": 0.05}, {"max_features": "log2"}, {"max_features": None}, {"max_features": 3}, {"max_features": 0.4},
    {"max_features": 99}, {"max_leaf_nodes": 9}, {"max_leaf_nodes": 40, "max_features": None}, {"min_impurity_decrease": 0.01},
    {"ccp_alpha": 0.01}, {"ccp_alpha": 0.002, "max_leaf_nodes": 30}, {"criterion": "entropy"}, {"criterion": "log_loss", "max_features": None},
    {"class_weight": "balanced"}, {"class_weight": "balanced_subsample"}, {"class_weight": {"0": 3, "1": 2}}, {"class_weight": {"1": 0.3}},
    {"criterion": "entropy", "class_weight": "balanced"}, {"criterion": "entropy", "max_leaf_nodes": 12},
]
BAGGING = [
    {"bootstrap": True, "oob_score": True}, {"bootstrap": True, "max_samples": 0.5, "oob_score": True}, {"bootstrap": True, "max_samples": 40},
    {"bootstrap": False}, {"bootstrap": False, "class_weight": "balanced_subsample"},
]


def cases():
    for learner in LEARNERS:
        extra = {} if learner == "DecisionTree" else {"n_estimators": 3}
        for name in SETS:
            for seed in (0, 1, 2, 3, 4, 5, 42, 1234, 2**31, 2**32 - 1):
                yield case(learner, name, random_state=seed, **extra)
        for i, params in enumerate(FOREST + ([] if learner == "DecisionTree" else BAGGING)):
            params = params | extra | {"random_state": i}
            if learner == "DecisionTree" and params.get("class_weight") == "balanced_subsample":
                continue
            if isinstance(params.get("class_weight"), dict):
                params["class_weight"] = {int(k): v for k, v in params["class_weight"].items()}
            for name in ("wine", "breast_cancer"):
                yield case(learner, name, **params)
        for weight in ("whole", "real"):
            for name in SETS:
                yield case(learner, name, weight, random_state=8, **extra)
            yield case(learner, "wine", weight, random_state=9, min_weight_fraction_leaf=0.03, class_weight="balanced", **extra)
        yield case(learner, "iris", arrays=True, random_state=7, **extra)
    for i, params in enumerate(({}, {"max_depth": 5}, {"criterion": "entropy"}, {"max_features": 2, "max_leaf_nodes": 8}, {"class_weight": "balanced"})):
        for name in ("iris", "digits"):
            yield case("DecisionTree", name, splitter="random", random_state=i, **params)


REGRESSORS = {"RandomForestRegressor": RandomForestRegressor, "ExtraTreesRegressor": ExtraTreesRegressor,
              "DecisionTreeRegressor": DecisionTreeRegressor}
DIABETES = load_diabetes(scaled=False)
# Of whole numbers sums are exact. Poisson also wants zeros to be seen.
TARGETS = {"whole": DIABETES.target, "real": DIABETES.target / 7, "counts": DIABETES.target // 40 % 5}


def number_case(learner, target, weight=None, **params):
    X, y = DIABETES.data, TARGETS[target]
    w = None if weight is None else weights(weight, len(y))
    m = REGRESSORS[learner](**params).fit(X, y, sample_weight=w)
    trees = [e.tree_ for e in getattr(m, "estimators_", [m])]
    shape = [a for t in trees for a in structure(t)[:5]]
    c = {"learner": learner, "name": target, "params": params, "nodes": sum(t.node_count for t in trees), "structure": sha(*shape),
         "values": sha(*((a, "<f8") for t in trees for a in (t.weighted_n_node_samples, t.value))),
         "predicted": sha((m.predict(X), "<f8")), "applied": sha((m.apply(X), "<i4"))}
    if weight:
        c["weights"] = weight
    if params.get("criterion") == "poisson":  # its logarithms may differ in the last bit
        c["impurities"] = hexes(trees[0].impurity[:20])
    else:
        c["impurity"] = sha(*((t.impurity, "<f8") for t in trees))
        c["importances"] = sha((m.feature_importances_, "<f8"))
    if params.get("oob_score"):
        c |= {"oob": sha((m.oob_prediction_, "<f8")), "oob_score": m.oob_score_.hex()}
    return c


REGRESSION = [
    {"max_depth": 4}, {"min_samples_split": 0.2}, {"min_samples_leaf": 7}, {"min_weight_fraction_leaf": 0.05}, {"max_features": "log2"},
    {"max_features": 0.4}, {"max_leaf_nodes": 9}, {"max_leaf_nodes": 40, "max_features": 3}, {"min_impurity_decrease": 20.0}, {"ccp_alpha": 40.0},
]


def number_cases():
    for learner in REGRESSORS:
        extra = {} if learner == "DecisionTreeRegressor" else {"n_estimators": 3}
        for criterion in ("squared_error", "friedman_mse", "absolute_error", "poisson"):
            for target in ("counts",) if criterion == "poisson" else TARGETS:
                for weight in (None, "whole", "real"):
                    for seed in (0, 1, 2**32 - 1):
                        yield number_case(learner, target, weight, criterion=criterion, random_state=seed, **extra)
            for i, params in enumerate(REGRESSION):
                yield number_case(learner, "counts" if criterion == "poisson" else "whole", criterion=criterion, random_state=i, **params, **extra)
        for i, params in enumerate(BAGGING[:4] if extra else [{"splitter": "random"}, {"splitter": "random", "max_features": 2}]):
            yield number_case(learner, "real", "real", random_state=i, **params, **extra)


write("digits.json", digits())
write("trees.json", cases())
write("regressiontrees.json", number_cases())
