"""Writes testdata/golden/nu.json: NuSVC and NuSVR of scikit-learn 1.2.1.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_nu.py

A seed as the argument draws other data.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import scipy
import sklearn
from sklearn.svm import SVC, NuSVC, NuSVR

warnings.simplefilter("ignore")
OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_nu.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
}
R = np.random.RandomState(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
X = R.randn(90, 3)
VALUES = np.sin(2 * X[:, 0]) + 0.5 * X[:, 1] + 0.2 * R.randn(len(X))
WEIGHTS = R.randint(0, 4, len(X)) * 0.7
LABELS = {2: (VALUES > 0.2) * 3 + 1, 3: np.digitize(VALUES, [-0.5, 0.5]) * 2}
KERNELS = [{}, {"kernel": "linear"}, {"kernel": "poly", "coef0": 1.0}, {"kernel": "sigmoid", "gamma": 0.05}]


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def fits():
    for k in LABELS:
        for p in [*KERNELS, {"nu": 0.1}, {"nu": 0.1, "shrinking": False}, {"nu": 0.3, "tol": 1e-9}, {"nu": 0.2, "weights": True},
                  {"nu": 0.02, "max_iter": 5}, {"probability": True}, {"nu": 0.25, "probability": True, "kernel": "linear"}]:
            yield f"NuSVC {k}", NuSVC(), LABELS[k], p
    # The last bit of a bound, C·class weight·row weight, leads the solver elsewhere.
    yield "SVC 2", SVC(), LABELS[2], {"C": 0.6125990394694913, "balanced": True, "weights": True, "kernel": "linear"}
    for p in [*KERNELS, {"nu": 0.1, "C": 20.0}, {"nu": 0.1, "C": 20.0, "shrinking": False}, {"nu": 0.9, "tol": 1e-9}, {"weights": True, "C": 2.0},
              {"C": 100.0, "max_iter": 30}, {"nu": 1.0}]:
        yield "NuSVR", NuSVR(), VALUES, p


def cases():
    yield {"kind": "data", "rows": len(X), "cols": 3, "x": hexes(X), "values": hexes(VALUES), "weights": hexes(WEIGHTS),
           "labels": {str(k): y.tolist() for k, y in LABELS.items()}}
    for kind, m, y, p in fits():
        m.set_params(**{k: v for k, v in p.items() if k not in ("weights", "balanced")})
        if "balanced" in p:
            m.set_params(class_weight="balanced")
        if kind != "NuSVR":
            m.set_params(decision_function_shape="ovo", random_state=3)
        m.fit(X, y, sample_weight=WEIGHTS if p.get("weights") else None)
        rows = np.flatnonzero(WEIGHTS) if p.get("weights") else np.arange(len(X))
        yield {"kind": kind, "params": p, "support": rows[m.support_].tolist(), "dual": hexes(m.dual_coef_), "intercept": hexes(m.intercept_),
               "n_iter": np.ravel(m.n_iter_).tolist(), "converged": m.fit_status_ == 0,
               "predict": hexes((m.predict if kind == "NuSVR" else m.decision_function)(-X[:20])),
               "proba": hexes(m.predict_proba(-X[:20])) if p.get("probability") else []}


lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in cases())
(OUT / "nu.json").write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")
