"""What TestPeersBoosting compares with: scikit-learn's HistGradientBoostingClassifier
and GradientBoostingClassifier, and the regressors.

Jobs come as lines of JSON on standard input, answers go to standard output. The
first line out says what the versions are. A job has the name of a file with a
matrix, column by column as float64, and then the labels as int32.

    fit      learns from all rows, answers with the seconds and the number of nodes
    predict  predicts them with the last model, answers with the seconds
    one      predict of single rows with it, answers with the seconds for one
    split    learns from half of the rows, drawn by the seed, answers with the accuracy
             or R² on the others
"""

import json
import sys
import time

import numpy as np
import sklearn
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
)
from sklearn.model_selection import train_test_split


def load(job):
    rows, cols = job["rows"], job["cols"]
    with open(job["file"], "rb") as f:
        cells = np.fromfile(f, "<f8", rows * cols).reshape(cols, rows).T
        labels = np.fromfile(f, "<i4", rows)
    return np.ascontiguousarray(cells), labels


def learner(job, seed=0):
    if job["gradient"]:
        kind = GradientBoostingRegressor if job["regression"] else GradientBoostingClassifier
        return kind(n_estimators=job["trees"], random_state=seed)
    kind = HistGradientBoostingRegressor if job["regression"] else HistGradientBoostingClassifier
    return kind(max_iter=job["trees"], early_stopping=False, random_state=seed)


def main():
    print(json.dumps({"about": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}, Python {sys.version.split()[0]}"}), flush=True)
    X = y = model = None
    for line in sys.stdin:
        job = json.loads(line)
        if job["do"] == "fit":
            X, y = load(job)
            model = learner(job)
            start = time.perf_counter()
            model.fit(X, y)
            answer = {"seconds": time.perf_counter() - start}
            if job["gradient"]:
                answer["nodes"] = sum(t.tree_.node_count for trees in model.estimators_ for t in trees)
            else:
                answer["nodes"] = sum(len(t.nodes) for trees in model._predictors for t in trees)
        elif job["do"] == "predict":
            start = time.perf_counter()
            model.predict(X)
            answer = {"seconds": time.perf_counter() - start}
        elif job["do"] == "one":
            rows = X[: job["times"]]
            start = time.perf_counter()
            for row in rows:
                model.predict(row[None])
            answer = {"seconds": (time.perf_counter() - start) / len(rows)}
        else:
            X, y = load(job)
            train, test = train_test_split(np.arange(len(y)), test_size=0.5, random_state=job["seed"])
            answer = {"score": learner(job, job["seed"]).fit(X[train], y[train]).score(X[test], y[test])}
        print(json.dumps(answer), flush=True)


main()
