"""What TestPeersForest compares with: scikit-learn's RandomForestClassifier.

Jobs come as lines of JSON on standard input, answers go to standard output. The
first line out says what the versions are. A job has the name of a file with a
matrix, column by column as float64, and then the labels as int32.

    fit      grows a forest, answers with the seconds and a sum over all nodes
    predict  predict_proba of the whole matrix with the last forest
    one      predict of single rows with it, answers with the seconds for one
"""

import hashlib
import json
import sys
import time

import numpy as np
import sklearn
from sklearn.ensemble import RandomForestClassifier


def load(job):
    rows, cols = job["rows"], job["cols"]
    with open(job["file"], "rb") as f:
        cells = np.fromfile(f, "<f8", rows * cols).reshape(cols, rows).T
        labels = np.fromfile(f, "<i4", rows)
    return np.ascontiguousarray(cells, dtype=np.float32), labels


def sum_of(*arrays):
    h = hashlib.sha256()
    for a, kind in arrays:
        h.update(np.ascontiguousarray(a).astype(kind).tobytes())
    return h.hexdigest()[:32]


def fit(job):
    X, y = load(job)
    m = RandomForestClassifier(job["trees"], random_state=0, n_jobs=job["jobs"])
    start = time.perf_counter()
    m.fit(X, y)
    seconds = time.perf_counter() - start
    trees = [e.tree_ for e in m.estimators_]
    nodes = [a for t in trees for a in ((t.feature, "<i4"), (t.threshold, "<f8"), (t.impurity, "<f8"), (t.value, "<f8"))]
    return X, m, {"seconds": seconds, "sum": sum_of(*nodes)}


def main():
    print(json.dumps({"about": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, Python {sys.version.split()[0]}"}), flush=True)
    X = model = None
    for line in sys.stdin:
        job = json.loads(line)
        if job["do"] == "fit":
            X, model, answer = fit(job)
        elif job["do"] == "predict":
            start = time.perf_counter()
            proba = model.predict_proba(X)
            answer = {"seconds": time.perf_counter() - start}
            model.n_jobs = 1  # with more, the order of the sums is left to chance
            answer["sum"] = sum_of((model.predict_proba(X), "<f8"))
            assert abs(proba - model.predict_proba(X)).max() < 1e-14
            model.n_jobs = job["jobs"]
        else:
            rows = X[: job["times"]]
            model.n_jobs = 1
            start = time.perf_counter()
            labels = [int(model.predict(row[None])[0]) for row in rows]
            answer = {"seconds": (time.perf_counter() - start) / len(rows), "sum": sum_of((np.array(labels), "<i4"))}
        print(json.dumps(answer), flush=True)


main()
