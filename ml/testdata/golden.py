"""Writes testdata/golden/*.json: what numpy and scikit-learn 1.2.1 answer.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden.py

The Debian bookworm package python3-sklearn has the versions that the files name.
Floats are hexadecimal, so nothing is lost in reading them. The cells of the data
sets are decimal: Python writes the shortest text that reads back the same.
"""

import hashlib
import json
import pathlib
import sys
import warnings

import numpy as np
import scipy
import sklearn
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    LeaveOneOut,
    ShuffleSplit,
    StratifiedKFold,
    StratifiedShuffleSplit,
    TimeSeriesSplit,
    train_test_split,
)
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
}


def write(name, cases):
    """One case per line, so that a change is seen as a line."""
    lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in cases)
    head = json.dumps(HEAD)[1:-1]
    (OUT / name).write_text("{" + head + ', "cases": [\n' + lines + "\n]}\n")


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def ints(a):
    return [int(v) for v in np.asarray(a).ravel()]


def matrix(X):
    """Row by row, in hexadecimal."""
    return {"rows": X.shape[0], "cols": X.shape[1], "x": hexes(X)}


# --- data sets

LOADED = {"iris": load_iris(), "wine": load_wine(), "breast_cancer": load_breast_cancer()}
SETS = {n: (d.data, d.target) for n, d in LOADED.items()}
SCALED = {n: (StandardScaler().fit_transform(X), y) for n, (X, y) in SETS.items()}


def data():
    for name, (X, y) in SETS.items():
        cells = [int(v) if v == int(v) else float(v) for v in X.ravel()]
        yield {"name": name, "rows": X.shape[0], "cols": X.shape[1], "x": cells, "y": ints(y)}


# --- random numbers and folds


def random_streams():
    for seed in (0, 1, 42, 2**31, 2**32 - 1):
        r = np.random.RandomState(seed)
        yield {
            "seed": seed,
            "uint32": ints(r.randint(0, 2**32, 700, dtype=np.int64)),
            "randint_150": ints(r.randint(0, 150, 40)),
            "randint_negative": ints(r.randint(-5, 6, 40)),
            "randint_one": ints(r.randint(7, 8, 3)),
            "randint_2p31m1": ints(r.randint(0, 2**31 - 1, 20)),
            "randint_2p40": [str(v) for v in r.randint(0, 2**40, 20)],
            "randint_all": [str(v) for v in r.randint(-(2**63), 2**63 - 1, 20)],
            "random_sample": hexes(r.random_sample(20)),
            "permutation_77": ints(r.permutation(77)),
            "choice_20_of_30": ints(r.choice(30, 20, replace=False)),
            "choice_9_of_7": ints(r.choice(7, 9)),
            "normal": hexes(r.standard_normal(41)),
            "after": int(r.randint(0, 2**31 - 1)),
        }


def folds():
    for n, k, seed in ((10, 3, 0), (10, 3, None), (11, 4, 7), (5, 5, 1), (2, 2, 0), (100, 7, 2**32 - 1)):
        kf = KFold(k) if seed is None else KFold(k, shuffle=True, random_state=seed)
        parts = [{"train": ints(a), "test": ints(b)} for a, b in kf.split(np.zeros(n))]
        yield {"n": n, "k": k, "seed": seed, "folds": parts}


def label_sets():
    """Labels that do not start with the lowest one, and counts that leave remainders."""
    r = np.random.RandomState(8)
    yield r.choice([5, 2, 9], 61, p=[0.6, 0.3, 0.1])
    yield np.array([1, 0] * 10)
    yield np.repeat([3, 1, 2, 0], [7, 8, 7, 8])
    yield r.randint(0, 8, 200)
    yield r.choice(2, 97, p=[0.9, 0.1])


def splitters():
    for y in label_sets():
        n = len(y)
        for k, seed in ((2, None), (3, 0), (5, 7), (3, 2**32 - 1)):
            kw = {} if seed is None else {"shuffle": True, "random_state": seed}
            yield {"kind": "StratifiedKFold", "y": y, "k": k, "seed": seed}, StratifiedKFold(k, **kw)
        for seed, test, train in ((0, None, None), (3, 0.5, None), (1, None, 0.5), (2, 0.3, 0.4), (9, 13, None), (5, 11, 9)):
            kw = {"test_size": test, "train_size": train, "random_state": seed}
            case = {"y": y, "k": 3, "seed": seed, "test": test, "train": train}
            yield {"kind": "ShuffleSplit"} | case, ShuffleSplit(3, **kw)
            yield {"kind": "StratifiedShuffleSplit"} | case, StratifiedShuffleSplit(3, **kw)
            yield {"kind": "TrainTest"} | case, lambda X, y, kw=kw: [train_test_split(np.arange(len(y)), **kw)]
            yield {"kind": "TrainTestStratified"} | case, lambda X, y, kw=kw: [
                train_test_split(np.arange(len(y)), stratify=y, **kw)]
    yield {"kind": "TrainTest", "y": np.zeros(5), "k": 1, "seed": 0, "test": None, "train": None}, lambda X, y: [
        train_test_split(np.arange(5), random_state=0)]
    for n in (2, 5):
        yield {"kind": "LeaveOneOut", "y": np.zeros(n)}, LeaveOneOut()
    for n, k, size, gap, most in ((6, 5, None, 0, None), (17, 3, None, 0, None), (30, 4, 3, 2, None), (30, 4, None, 1, 5)):
        yield ({"kind": "TimeSeriesSplit", "y": np.zeros(n), "k": k, "test": size, "gap": gap, "train": most},
               TimeSeriesSplit(k, test_size=size, gap=gap, max_train_size=most))
    r = np.random.RandomState(4)
    # Many groups of one size show the order in which numpy's sort leaves equal values.
    for k, groups in ((3, np.repeat(np.arange(40), 3)), (2, r.randint(-3, 3, 30)), (4, r.randint(0, 50, 400)),
                      (5, np.arange(300)), (7, r.permutation(np.repeat(np.arange(100), 1 + np.arange(100) % 4)))):
        yield {"kind": "GroupKFold", "y": groups, "k": k}, GroupKFold(k)


def splits():
    for case, how in splitters():
        y = case["y"]
        try:
            parts = how(y, y) if callable(how) else list(how.split(np.zeros(len(y)), y, y))
            case["folds"] = [{"train": ints(a), "test": ints(b)} for a, b in parts]
        except ValueError as err:
            case["error"] = str(err)
        yield case | {"y": ints(y)}


def argsorts():
    """numpy's sort of order that is not stable, down to the heapsort that deep recursion ends in."""
    r = np.random.RandomState(6)
    killer = np.zeros(400)  # a median-of-three killer sequence (Musser 1997)
    for i in range(200):
        killer[i] = i + 1 if i % 2 == 0 else 200 + i - i % 2
        killer[200 + i] = 2 * (i + 1)
    for values in (r.randint(0, 9, 17), r.randint(0, 5, 500), np.zeros(1000), r.randint(0, 1000, 1000), killer,
                   np.arange(300)[::-1] // 3):
        yield {"values": ints(values), "order": ints(np.argsort(values))}


# --- scaler


def scaler_sets():
    r = np.random.RandomState(3)
    nan = float("nan")
    yield "NaN", np.array([[1, nan, 3], [nan, nan, 5], [4, nan, 8.5], [2, nan, nan]])
    yield "OneRow", np.array([[3.5, -2, 0]])
    yield "Constant", np.full((7, 2), 0.1)
    yield "LargeOffset", np.column_stack([1e8 + r.rand(50), 1e16 + np.zeros(50), -1e12 + r.rand(50)])
    yield "Random", r.randn(200, 3) * [1e-9, 1, 1e9]
    for name, (X, _) in SETS.items():
        yield name, X


def scaler():
    for name, X in scaler_sets():
        X = np.ascontiguousarray(X, dtype=float)
        s = StandardScaler().fit(X)
        Z = np.ascontiguousarray(s.transform(X))
        c = {"name": name, "mean": hexes(s.mean_), "var": hexes(s.var_), "scale": hexes(s.scale_)}
        if name in SETS:
            c["sha256"] = hashlib.sha256(Z.astype("<f8").tobytes()).hexdigest()
        else:
            c |= matrix(X) | {"transformed": hexes(Z)}
        yield c


# --- forests


def forest_sets():
    r = np.random.RandomState(11)
    y = r.randint(0, 2, 40)
    yield "one column", np.round(r.randn(40, 1), 1), y
    yield "constant", np.ones((20, 3)), np.arange(20) % 3 % 2
    yield "some constant", np.column_stack([np.ones(40), r.randn(40), np.zeros(40), r.randint(0, 3, 40)]), y
    # Neighbours closer than 1e-7 are one value; chains of them too.
    yield "close", 1 + np.cumsum(r.choice([2e-8, 6e-8, 1.3e-7], (40, 2)), axis=0), y
    yield "equal as float32", 3 + np.arange(80).reshape(40, 2) * 3e-8, y
    yield "signed zeros", r.choice([-0.0, 0.0, 1e-40, -1e-40, 1.0], (40, 2)), y
    yield "exclusive or", np.repeat([[0.0, 0], [0, 1], [1, 0], [1, 1]], 5, axis=0), np.repeat([0, 1, 1, 0], 5)
    yield "large", r.choice([-3e38, 3e38, 3.4e38, 1.0], (40, 2)), y
    yield "one class", r.randn(10, 2), np.full(10, 4)
    yield "codes 2 5 9", r.randn(40, 3), r.choice([2, 5, 9], 40)


def forest_cases():
    for name, seed in (("iris", 42), ("wine", 0), ("breast_cancer", 2**32 - 1)):
        yield name, *SETS[name], {"n_estimators": 4, "random_state": seed}
    yield "wine", *SETS["wine"], {"n_estimators": 3, "random_state": 1, "max_depth": 3, "min_samples_leaf": 4}
    yield "wine", *SETS["wine"], {"n_estimators": 3, "random_state": 1, "min_samples_split": 30, "max_features": 20}
    yield "iris", *SETS["iris"], {"n_estimators": 3, "random_state": 7, "bootstrap": False, "max_features": 1}
    for name, X, y in forest_sets():
        yield name, X, y, {"n_estimators": 5, "random_state": 0}


def tree(t):
    return {
        "feature": ints(t.feature), "threshold": hexes(t.threshold),
        "left": ints(t.children_left), "right": ints(t.children_right),
        "impurity": hexes(t.impurity), "samples": ints(t.n_node_samples), "value": ints(t.value),
    }


def forest():
    for name, X, y, kw in forest_cases():
        m = RandomForestClassifier(**kw).fit(X, y)
        c = {
            "name": name,
            "params": {"n_estimators": kw["n_estimators"], "seed": kw["random_state"],
                       "max_depth": kw.get("max_depth", 0), "min_samples_leaf": kw.get("min_samples_leaf", 1),
                       "min_samples_split": kw.get("min_samples_split", 2),
                       "max_features": kw.get("max_features", 0), "bootstrap": kw.get("bootstrap", True)},
            "trees": [tree(e.tree_) for e in m.estimators_],
            "proba": hexes(m.predict_proba(X)),
            "predict": ints(m.predict(X)),
        }
        if name not in SETS:
            c |= matrix(X) | {"y": ints(y)}
        yield c


# --- cross-validation: KFold(3, shuffle, seed 0) over scaled data


def cv():
    for name, (X, y) in SCALED.items():
        for learner in (SVC(), RandomForestClassifier(random_state=0)):
            pred = y.copy()
            for train, test in KFold(3, shuffle=True, random_state=0).split(X):
                pred[test] = learner.fit(X[train], y[train]).predict(X[test])
            yield {"name": name, "learner": type(learner).__name__,
                   "accuracy": accuracy_score(y, pred).hex(), "predict": ints(pred)}


OUT.mkdir(exist_ok=True)
write("data.json", data())
write("random.json", random_streams())
write("kfold.json", folds())
write("splits.json", splits())
write("argsort.json", argsorts())
write("scaler.json", scaler())
write("forest.json", forest())
write("cv.json", cv())
