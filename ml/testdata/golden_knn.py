"""Writes testdata/golden/knn.json: nearest neighbours of scikit-learn 1.2.1.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_knn.py

Which of several rows at the same distance scikit-learn takes for the last neighbour
is left to chance there. Such test rows are left out.
"""

import json
import pathlib
import sys

import numpy as np
import scipy
import sklearn
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.neighbors import KNeighborsClassifier

OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_knn.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
}
SETS = {"iris": load_iris(), "wine": load_wine(), "breast_cancer": load_breast_cancer()}


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def cases():
    for name, d in SETS.items():
        for kw in ({}, {"n_neighbors": 1}, {"n_neighbors": 4, "weights": "distance"}, {"n_neighbors": 12, "p": 1},
                   {"n_neighbors": 3, "p": 3, "weights": "distance"}, {"n_neighbors": 2, "p": np.inf}):
            yield name, d.data, d.target, kw


def knn():
    for name, X, y, kw in cases():
        test = np.arange(len(y)) % 5 == 2
        m = KNeighborsClassifier(**kw).fit(X[~test], y[~test])
        k = m.n_neighbors
        distances, _ = m.kneighbors(X[test], n_neighbors=k + 1)
        clear = distances[:, k] > distances[:, k - 1] * (1 + 1e-9)
        rows = np.flatnonzero(test)[clear]
        yield {
            "name": name,
            "params": {"k": k, "p": float(m.p) if np.isfinite(m.p) else 0, "weighted": m.weights == "distance"},
            "train": [int(i) for i in np.flatnonzero(~test)],
            "test": [int(i) for i in rows],
            "distances": hexes(distances[clear][:, :k]),
            "proba": hexes(m.predict_proba(X[rows])),
            "predict": [int(v) for v in m.predict(X[rows])],
        }


lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in knn())
(OUT / "knn.json").write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")
