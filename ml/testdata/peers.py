"""The Python side of ml's `make peers`: the same work in scikit-learn, on request.

First it says what it is. Then for each line {"work", "file", "rows", "cols"} of
standard input it does that work on the matrix in the file (float64, row by row),
which it has read by then, and answers with the seconds that took, the values it
came to, and the number of threads.
"""

import json
import os
import platform
import sys
import time
import warnings

import numpy as np
import scipy
import sklearn
import threadpoolctl
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, average_precision_score, confusion_matrix, log_loss, roc_auc_score
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

warnings.simplefilter("ignore")


def some(a):
    """About a thousand cells of a matrix, evenly spread, as the Go side picks them."""
    flat = np.ravel(a)
    return flat[:: max(1, flat.size // 1000)]


def scaler(X):
    start = time.perf_counter()
    Z = StandardScaler().fit_transform(X)
    return time.perf_counter() - start, some(Z)


def pca(X, **how):
    start = time.perf_counter()
    p = PCA(**how)
    Z = p.fit_transform(X)
    return time.perf_counter() - start, np.concatenate([p.explained_variance_, some(p.components_), some(Z)])


def kfold(X):
    start = time.perf_counter()
    sums = []
    for train, test in KFold(10, shuffle=True, random_state=3).split(X):
        sums += [train.sum(), test.sum(), train[len(train) // 2], test[len(test) // 2]]
    return time.perf_counter() - start, sums


def labels(X):
    return X[:, 0].astype(np.int64), X[:, 1].astype(np.int64), X[:, 2]


def counts(X):
    want, got, _ = labels(X)
    start = time.perf_counter()
    values = np.append(confusion_matrix(want, got).ravel(), accuracy_score(want, got))
    return time.perf_counter() - start, values


def ranking(X):
    want, _, scores = labels(X)
    start = time.perf_counter()
    values = [roc_auc_score(want, scores), average_precision_score(want, scores), log_loss(want, scores)]
    return time.perf_counter() - start, values


def learn(X):
    return X[:, 1:], X[:, 0].astype(np.int64)


def svc_fit(X):
    X, y = learn(X)
    start = time.perf_counter()
    m = SVC(cache_size=2000).fit(X, y)
    seconds = time.perf_counter() - start
    return seconds, np.concatenate([m.n_iter_, some(m.decision_function(X[:500]))])


def churn(X):
    X, y = learn(X)
    start = time.perf_counter()
    X = StandardScaler().fit_transform(X)
    folds = KFold(3, shuffle=True, random_state=0)
    predicted = [cross_val_predict(m, X, y, cv=folds) for m in (SVC(cache_size=2000), RandomForestClassifier(random_state=0))]
    return time.perf_counter() - start, np.concatenate(predicted)


def svc_predict(X):
    X, y = learn(X)
    m = SVC(cache_size=2000).fit(X[:2000], y[:2000])
    start = time.perf_counter()
    values = m.decision_function(X)
    return time.perf_counter() - start, some(values)


WORKS = {
    "svc fit": svc_fit,
    "svc predict": svc_predict,
    "churn": churn,
    "scaler": scaler,
    "pca": pca,
    "pca randomized": lambda X: pca(X, n_components=10, svd_solver="randomized", random_state=0),
    "kfold": kfold,
    "counts": counts,
    "ranking": ranking,
}

np.dot(np.ones((2, 2)), np.ones((2, 2)))  # loads the BLAS
blas = [p for p in threadpoolctl.threadpool_info() if p["user_api"] == "blas"]
kinds = sorted({p["internal_api"] for p in blas})
if kinds != ["openblas"]:
    sys.exit(f"peers: NumPy's BLAS is {kinds}, OpenBLAS is needed: apt-get install libopenblas0")
about = (
    f"scikit-learn {sklearn.__version__}, NumPy {np.__version__}, SciPy {scipy.__version__}, Python {platform.python_version()}, "
    + ", ".join(sorted({f"OpenBLAS {p['version']} ({p.get('architecture')}), threads {p['num_threads']}" for p in blas}))
)
print(json.dumps({"about": about, "version": sklearn.__version__}), flush=True)

name, X = None, None
for line in sys.stdin:
    job = json.loads(line)
    if job["file"] != name:
        name = job["file"]
        X = np.fromfile(name, dtype="<f8").reshape(job["rows"], job["cols"])
    try:
        seconds, values = WORKS[job["work"]](X)
        answer = {"seconds": seconds, "values": [repr(float(v)) for v in values]}
    except Exception as e:  # of a newer version, say
        answer = {"error": f"{type(e).__name__}: {e}"}
    # Linux counts the threads of libraries as well.
    answer["threads"] = len(os.listdir("/proc/self/task")) if os.path.exists("/proc/self/task") else 0
    print(json.dumps(answer), flush=True)
