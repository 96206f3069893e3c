"""Writes testdata/golden/crossval.json and frames.json: cross-validation, searches
and encoders of scikit-learn 1.2.1.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_cv.py
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import pandas as pd
import scipy
import scipy.stats
import sklearn
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    ParameterSampler,
    ShuffleSplit,
    StratifiedKFold,
    cross_validate,
    learning_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.utils.random import sample_without_replacement

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_cv.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "pandas": pd.__version__,
        "scikit-learn": sklearn.__version__,
    },
}
SETS = {"iris": load_iris(), "wine": load_wine(), "breast_cancer": load_breast_cancer()}


def write(name, cases):
    lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in cases)
    head = json.dumps(HEAD)[1:-1]
    (OUT / name).write_text("{" + head + ', "cases": [\n' + lines + "\n]}\n")


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def ints(a):
    return [int(v) for v in np.asarray(a).ravel()]


GRID = {"C": [0.1, 1.0, 10.0], "gamma": [0.01, 0.1, 1.0]}


def svm(**kw):
    return make_pipeline(StandardScaler(), SVC(tol=1e-9, **kw))


def crossval():
    for name, data in SETS.items():
        X, y = data.data, data.target
        for learner, clf in (("svc", svm()), ("forest", RandomForestClassifier(10, random_state=3))):
            r = cross_validate(clf, X, y, cv=StratifiedKFold(5), return_train_score=True)
            yield {"kind": "validate", "name": name, "learner": learner,
                   "test": hexes(r["test_score"]), "train": hexes(r["train_score"])}
        search = GridSearchCV(SVC(tol=1e-9), GRID, cv=KFold(3, shuffle=True, random_state=0)).fit(X, y)
        yield {"kind": "search", "name": name, "test": hexes(search.cv_results_["mean_test_score"]),
               "std": hexes(search.cv_results_["std_test_score"]), "rank": ints(search.cv_results_["rank_test_score"]),
               "best": int(search.best_index_), "predict": ints(search.predict(X)),
               "params": [[p["C"], p["gamma"]] for p in search.cv_results_["params"]]}
        sizes, train, test = learning_curve(svm(), X, y, cv=ShuffleSplit(3, random_state=1),
                                            train_sizes=np.array([0.1, 0.325, 0.55, 0.775, 1.0]))
        yield {"kind": "curve", "name": name, "sizes": ints(sizes), "train": hexes(train), "test": hexes(test)}
    for n, size, seed in ((9, 4, 0), (9, 9, 1), (1000, 5, 2), (1000, 995, 3), (1000, 200, 4), (300, 3, 5), (1, 1, 6)):
        yield {"kind": "sample", "n": n, "seed": seed,
               "sizes": ints(sample_without_replacement(n, size, random_state=np.random.RandomState(seed)))}
    space = {"C": scipy.stats.uniform(1, 4), "depth": scipy.stats.randint(2, 30), "kind": ["a", "b", "c"],
             "gamma": scipy.stats.loguniform(1e-3, 1e2)}
    drawn = list(ParameterSampler(space, 8, random_state=7))
    yield {"kind": "distributions", "seed": 7, "test": hexes([p["C"] for p in drawn]),
           "sizes": ints([p["depth"] for p in drawn]), "train": hexes([p["gamma"] for p in drawn]),
           "names": [p["kind"] for p in drawn]}


FRAME = {
    "state": ["KS", "OH", "NJ", "KS", None, "OH"],
    "plan": ["yes", "no", "no", "yes", "no", "yes"],
    "calls": [3.0, 1.5, float("nan"), 3.0, 100000.0, 1e-05],
    "minutes": [128.0, 107.0, 137.0, 84.0, 75.0, 118.0],
}


def frames():
    frame = pd.DataFrame({k: pd.Series(v, dtype=object if k in ("state", "plan") else float) for k, v in FRAME.items()})
    cells = {k: [None if v is None or v != v else v for v in column] for k, column in FRAME.items()}
    cats = ["state", "plan", "calls"]

    def case(kind, columns, X, names):
        return {"kind": kind, "columns": columns, "rows": X.shape[0], "cols": X.shape[1], "x": hexes(X), "names": list(names)}

    yield {"kind": "frame", "cells": cells}
    for drop in (None, "first", "if_binary"):
        e = OneHotEncoder(drop=drop, sparse_output=False).fit(frame[cats])
        yield case("onehot " + str(drop), cats, e.transform(frame[cats]), e.get_feature_names_out())
    e = OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(frame[cats][:2])
    yield case("onehot ignore", cats, e.transform(frame[cats]), e.get_feature_names_out())
    d = pd.get_dummies(frame[["state", "plan"]])
    yield case("dummies", ["state", "plan"], d.to_numpy(float), d.columns)
    cats = ["plan", "calls"]  # scikit-learn has a place for None, and none for NaN
    e = OrdinalEncoder().fit(frame[cats])
    yield case("ordinal", cats, e.transform(frame[cats]), cats)
    for rest in ("drop", "passthrough"):
        c = ColumnTransformer([("a", OneHotEncoder(sparse_output=False), ["plan"]), ("b", StandardScaler(), ["minutes"])],
                              remainder=rest, verbose_feature_names_out=False)
        columns = ["minutes", "plan", "calls"]
        X = c.fit_transform(frame[columns])
        yield case("columns " + rest, columns, X, c.get_feature_names_out())


OUT.mkdir(exist_ok=True)
write("crossval.json", crossval())
write("frames.json", frames())
