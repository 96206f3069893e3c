"""Writes testdata/golden/treetext.json: what export_text and export_graphviz of
scikit-learn 1.2.1 say of trees.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_treetext.py
"""

import json
import pathlib
import sys

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris, load_wine
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor, export_graphviz, export_text

OUT = pathlib.Path(__file__).parent / "golden"
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_treetext.py",
    "versions": {"python": sys.version.split()[0], "numpy": np.__version__, "scikit-learn": sklearn.__version__},
}
SETS = {"iris": load_iris(), "wine": load_wine(), "breast_cancer": load_breast_cancer(), "diabetes": load_diabetes(scaled=False)}
FEATURES = {name: [f"column {j}" for j in range(d.data.shape[1])] for name, d in SETS.items()}


def tree(name, depth, weighted):
    d = SETS[name]
    learner = DecisionTreeRegressor if name == "diabetes" else DecisionTreeClassifier
    w = (2 * (np.arange(len(d.target)) * 5 % 11) + 1) / 7.0 if weighted else None
    return learner(random_state=0, max_depth=depth).fit(d.data, d.target, sample_weight=w)


def text(name, names=False, depth=None, weighted=False, **options):
    m = tree(name, depth, weighted)
    return {"kind": "text", "name": name, "names": names, "depth": depth, "weighted": weighted, "options": options,
            "text": export_text(m, feature_names=FEATURES[name] if names else None, **options)}


def dot(name, names=False, depth=None, weighted=False, **options):
    m = tree(name, depth, weighted)
    classes = [f"class {c}" for c in range(len(m.classes_))] if names and name != "diabetes" else None
    return {"kind": "dot", "name": name, "names": names, "depth": depth, "weighted": weighted, "options": options,
            "text": export_graphviz(m, feature_names=FEATURES[name] if names else None, class_names=classes, **options)}


def cases():
    yield text("iris")
    yield text("iris", True, show_weights=True, decimals=4, spacing=5)
    yield text("wine", True, weighted=True, show_weights=True)
    yield text("breast_cancer", max_depth=2)
    yield text("breast_cancer", depth=3, decimals=0)
    yield text("diabetes", True, 4)
    yield text("diabetes", max_depth=1)
    yield dot("iris")
    yield dot("iris", True, filled=True, rounded=True)
    yield dot("wine", True, weighted=True, node_ids=True, filled=True, precision=2)
    yield dot("breast_cancer", True, max_depth=2, proportion=True, rotate=True, filled=True)
    yield dot("breast_cancer", impurity=False, depth=2, fontname="arial")
    yield dot("diabetes", True, 3, filled=True)
    yield dot("diabetes", False, 4, weighted=True, proportion=True, precision=5)
    yield dot("iris", leaves_parallel=True)
    yield dot("breast_cancer", True, max_depth=3, leaves_parallel=True, rotate=True, label="root", node_ids=True)
    yield dot("wine", label="none", special_characters=True, node_ids=True)
    yield dot("wine", True, special_characters=True, filled=True, leaves_parallel=True, label="root")


lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in cases())
(OUT / "treetext.json").write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")
