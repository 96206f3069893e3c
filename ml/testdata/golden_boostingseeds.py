"""Writes testdata/golden/boostingseeds.json: how well scikit-learn 1.2.1's boosting does on
rows held out, for ten seeds each.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_boostingseeds.py

A seed divides the rows, and is the learner's too. Scores are accuracies, or R² of values.
"""

import json
import pathlib
import sys

import numpy as np
import sklearn
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.ensemble import (GradientBoostingClassifier, GradientBoostingRegressor, HistGradientBoostingClassifier,
                              HistGradientBoostingRegressor)
from sklearn.model_selection import train_test_split

HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_boostingseeds.py",
    "versions": {"python": sys.version.split()[0], "numpy": np.__version__, "scikit-learn": sklearn.__version__},
}
SETS = {"wine": load_wine(), "breast_cancer": load_breast_cancer(), "digits": load_digits(), "diabetes": load_diabetes(scaled=False)}
LEARNERS = {
    "hist": lambda seed: HistGradientBoostingClassifier(max_iter=20, early_stopping=True, random_state=seed),
    "gradient": lambda seed: GradientBoostingClassifier(n_estimators=20, subsample=0.5, max_features="sqrt", random_state=seed),
    "hist values": lambda seed: HistGradientBoostingRegressor(max_iter=20, early_stopping=True, random_state=seed),
    "gradient values": lambda seed: GradientBoostingRegressor(n_estimators=20, subsample=0.5, max_features="sqrt", random_state=seed),
}


def case(learner, name):
    scores = []
    for seed in range(10):
        X, X_test, y, y_test = train_test_split(SETS[name].data, SETS[name].target, test_size=0.3, random_state=seed)
        scores.append(float(LEARNERS[learner](seed).fit(X, y).score(X_test, y_test)).hex())
    return {"learner": learner, "name": name, "scores": scores}


cases = [case(learner, name) for learner in LEARNERS
         for name in (["diabetes"] if "values" in learner else ["wine", "breast_cancer", "digits"])]
lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in cases)
out = pathlib.Path(__file__).parent / "golden" / "boostingseeds.json"
out.write_text("{" + json.dumps(HEAD)[1:-1] + ', "cases": [\n' + lines + "\n]}\n")
