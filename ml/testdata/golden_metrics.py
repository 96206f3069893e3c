"""Writes testdata/golden/metrics.json: metrics of scikit-learn 1.2.1.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_metrics.py

With a seed and the name of a file it writes cases of other random data to that
file, for comparing at leisure.
"""

import json
import pathlib
import sys
import warnings

import numpy as np
import scipy
import sklearn
from sklearn import metrics as m
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_predict, cross_validate
from sklearn.naive_bayes import GaussianNB

warnings.simplefilter("ignore")
HEAD = {
    "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_metrics.py",
    "versions": {
        "python": sys.version.split()[0],
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "scikit-learn": sklearn.__version__,
    },
}
AVERAGES = ("binary", "micro", "macro", "weighted")


def hexes(a):
    return [float(v).hex() for v in np.asarray(a, dtype=float).ravel()]


def ints(a):
    return [int(v) for v in np.asarray(a).ravel()]


def floats(a):
    return None if a is None else [float(v) for v in np.asarray(a).ravel()]


def ask(f, *args, **kw):
    """The answer, or None where scikit-learn refuses."""
    try:
        return hexes(f(*args, **kw))
    except (ValueError, ZeroDivisionError):
        return None


def labels_case(name, want, got, weights=None, labels=None, names=None, positive=1):
    w = {"sample_weight": weights}
    values = {
        "accuracy": ask(m.accuracy_score, want, got, **w),
        "balanced": ask(m.balanced_accuracy_score, want, got, **w),
        "adjusted": ask(m.balanced_accuracy_score, want, got, adjusted=True, **w),
        "matthews": ask(m.matthews_corrcoef, want, got, **w),
        "kappa": ask(m.cohen_kappa_score, want, got, **w),
    }
    for normalize in (None, "true", "pred", "all"):
        values[f"confusion {normalize}"] = ask(m.confusion_matrix, want, got, labels=labels, normalize=normalize, **w)
    for average in AVERAGES:
        choose = {"pos_label": positive} if average == "binary" else {"labels": labels}
        for zero in (0, 1):
            kw = dict(average=average, zero_division=zero, **choose, **w)
            values[f"{average} {zero}"] = [
                (ask(f, want, got, **kw) or [None])[0]
                for f in (m.precision_score, m.recall_score, m.f1_score, m.jaccard_score)
            ] + [(ask(m.fbeta_score, want, got, beta=b, **kw) or [None])[0] for b in (0.5, 2, float("inf"))]
    order = labels if labels is not None else sorted(set(want) | set(got))
    text = {}
    for digits in (2, 3, 0):
        text[str(digits)] = m.classification_report(want, got, labels=labels, digits=digits, **w)
    if names:
        text["names"] = m.classification_report(want, got, labels=order, target_names=[names[k] for k in order], **w)
    return {"kind": "labels", "name": name, "want": ints(want), "got": ints(got), "weights": floats(weights), "labels": labels,
            "names": names, "positive": positive, "values": values, "text": text}


def scores_case(name, want, scores, weights=None, positive=None):
    w = {"sample_weight": weights}
    values = {"auc": ask(m.roc_auc_score, want, scores, **w)}
    for limit in (0.05, 0.3, 0.9):
        values[f"partial {limit}"] = ask(m.roc_auc_score, want, scores, max_fpr=limit, **w)
    values["ap"] = ask(m.average_precision_score, want, scores, pos_label=1 if positive is None else positive, **w)
    values["brier"] = ask(m.brier_score_loss, want, scores, pos_label=positive, **w)
    for keep in (False, True):
        curve = m.roc_curve(want, scores, pos_label=positive, drop_intermediate=not keep, **w)
        values[f"roc {keep}"] = [hexes(v) for v in curve]
    values["pr"] = [hexes(v) for v in m.precision_recall_curve(want, scores, pos_label=positive, **w)]
    return {"kind": "scores", "name": name, "want": ints(want), "scores": floats(scores), "weights": floats(weights),
            "positive": positive, "values": values}


def proba_case(name, want, proba, weights=None, labels=None):
    proba = np.asarray(proba)
    values = {"loss": ask(m.log_loss, want, proba, labels=labels, sample_weight=weights)}
    for how in ("ovr", "ovo"):
        for average in ("macro", "weighted", "micro"):
            w = {"sample_weight": weights} if how == "ovr" else {}
            scores = proba if proba.shape[1] > 2 else proba[:, 1]
            values[f"{how} {average}"] = ask(m.roc_auc_score, want, scores, multi_class=how, average=average, labels=labels, **w)
    return {"kind": "proba", "name": name, "want": ints(want), "proba": floats(proba), "cols": proba.shape[1],
            "weights": floats(weights), "labels": labels, "values": values}


def numbers_case(name, want, got, weights=None):
    w = {"sample_weight": weights}
    values = {
        "mse": ask(m.mean_squared_error, want, got, **w),
        "rmse": ask(m.mean_squared_error, want, got, squared=False, **w),
        "mae": ask(m.mean_absolute_error, want, got, **w),
        "median": ask(m.median_absolute_error, want, got, **w),
        "max": ask(m.max_error, want, got),
        "r2": ask(m.r2_score, want, got, **w),
    }
    return {"kind": "numbers", "name": name, "truth": floats(want), "scores": floats(got), "weights": floats(weights), "values": values}


def scorers():
    names = ["accuracy", "balanced_accuracy", "matthews_corrcoef", "neg_log_loss", "roc_auc_ovr", "roc_auc_ovo",
             "roc_auc_ovr_weighted", "roc_auc_ovo_weighted"]
    averages = [f"{a}_{b}" for a in ("precision", "recall", "f1", "jaccard") for b in ("micro", "macro", "weighted")]
    two = ["roc_auc", "average_precision", "neg_brier_score", "precision", "recall", "f1", "jaccard"]
    for name, data in (("iris", load_iris()), ("breast_cancer", load_breast_cancer())):
        some = names + averages + (two if name == "breast_cancer" else [])
        r = cross_validate(RandomForestClassifier(10, random_state=3), data.data, data.target, cv=StratifiedKFold(3), scoring=some)
        yield {"kind": "scorers", "name": name, "values": {s: hexes(r["test_" + s]) for s in some}}


def sums():
    for n in (1, 7, 8, 9, 127, 128, 129, 1000, 4097):
        yield {"kind": "sum", "name": str(n), "values": {"sum": hexes(np.sum(np.arange(n) * 2654435761 % 2**32 / 3e9))}}


def data_sets():
    for name, data, rows in (("iris", load_iris(), 150), ("wine", load_wine(), 178), ("digits", load_digits(), 200)):
        X, y = data.data[:rows], data.target[:rows]
        cv = StratifiedKFold(3)
        proba = cross_val_predict(GaussianNB(var_smoothing=0.05), X, y, cv=cv, method="predict_proba").round(6)
        yield labels_case(name, y, proba.argmax(axis=1), names=[f"class {k}" for k in range(proba.shape[1])])
        yield proba_case(name, y, proba)
    X, y = load_breast_cancer(return_X_y=True)
    proba = cross_val_predict(GaussianNB(), X[:300], y[:300], cv=KFold(3), method="predict_proba")
    yield labels_case("breast_cancer", y[:300], proba.argmax(axis=1), names=["malignant", "benign"])
    yield scores_case("breast_cancer", y[:300], proba[:, 1].round(2))
    X, y = load_diabetes(return_X_y=True)
    yield numbers_case("diabetes", y, cross_val_predict(Ridge(), X, y, cv=KFold(5)).round(3))


def random_cases(rng, count, rows, digits):
    for i in range(count):
        n, k = int(rng.integers(2, rows)), int(rng.integers(2, 6))
        codes = np.sort(rng.choice(np.arange(-3, 12), k, replace=False)) if i % 2 else np.arange(k)
        want, got = codes[rng.integers(k, size=n)], codes[rng.integers(k, size=n)]
        got = np.where(rng.random(n) < 0.6, want, got)
        weights = [None, rng.random(n).round(digits) + 0.001, rng.integers(0, 3, n).astype(float) + (np.arange(n) == 0)][i % 3]
        labels = None
        if i % 4 == 3:
            labels = ints(rng.permutation(np.append(codes, 20))[: rng.integers(1, k + 1)])
            if not set(labels) & set(want):
                labels.append(int(want[0]))
        yield labels_case(f"random {i}", want, got, weights, labels, positive=int(rng.choice(codes)))
        want = (rng.random(n) < rng.choice([0.1, 0.5, 0.9])).astype(int)
        want[:2] = 0, 1
        scores = [rng.random(n).round(digits), rng.random(n).round(1), (want + rng.normal(size=n)).round(2), np.full(n, 0.25)][int(rng.integers(4))]
        if weights is not None:
            weights[:2] = 1
        yield scores_case(f"random {i}", want, scores, weights)
        want = codes[rng.integers(k, size=n + k)]
        want[:k] = codes
        proba = rng.dirichlet(np.full(k, rng.choice([0.2, 1.0])), n + k).round(max(6, digits))
        if i % 5 == 0:
            proba = proba.round(1)
            proba[:, 0] = 1 - proba[:, 1:].sum(axis=1).round(1)
            proba = abs(proba) / abs(proba).sum(axis=1, keepdims=True)
        weights = rng.random(n + k).round(digits) if i % 2 else None
        yield proba_case(f"random {i}", want, proba, weights, ints(codes) if i % 3 == 1 else None)
        truth = rng.normal(size=n) * 10.0 ** rng.integers(-3, 9) + rng.integers(-2, 3) * 1e3
        got = truth + rng.normal(size=n)
        yield numbers_case(f"random {i}", truth.round(digits), got.round(min(digits, int(rng.integers(0, 9)))), weights[:n] if i % 2 else None)


def edge_cases():
    """The numbers of ml.md's list are those of edge cases that any learner meets."""
    yield labels_case("one class", [1, 1, 1], [1, 1, 1])
    yield labels_case("one class that is not the positive one", [0, 0], [0, 0])
    yield labels_case("all wrong", [0, 1, 1], [1, 0, 0])
    yield labels_case("a predicted label that does not occur", [0, 0, 1, 1], [0, 1, 2, 1])
    yield labels_case("a label that is never predicted", [0, 1, 2, 2], [0, 1, 1, 0])
    yield labels_case("a row", [4], [4])
    yield labels_case("labels that do not occur", [0, 1, 1], [0, 0, 1], labels=[1, 7, 0])
    yield labels_case("negative and far apart", [-1, 1_000_000_007, -1], [-1, -1, 1_000_000_007])
    yield labels_case("weights of 0", [0, 1, 2], [0, 2, 2], weights=[1.0, 0.0, 2.0])
    yield labels_case("long names", [0, 1], [1, 1], names=["größter Wert überhaupt", "b"])
    yield labels_case("nearly one class", [0] * 300 + [1, 1], [0] * 299 + [1, 0, 1], weights=np.linspace(0.1, 1, 302).round(3))
    yield scores_case("all tied", [0, 1, 0, 1], [0.5] * 4)
    yield scores_case("perfect", [0, 0, 1, 1], [0.1, 0.2, 0.7, 0.9])
    yield scores_case("reversed", [1, 1, 0, 0], [0.1, 0.2, 0.7, 0.9])
    yield scores_case("labels of -1 and 1", [-1, 1, -1, 1], [0.1, 0.4, 0.35, 0.8])
    yield scores_case("another positive label", [1, 2, 2, 1], [0.1, 0.4, 0.35, 0.8], positive=2)
    yield scores_case("zero and minus zero", [0, 1, 1, 0], [0.0, -0.0, 1.0, -1.0])
    yield scores_case("scales", [0, 1, 1, 0, 1], [1e-320, 1e300, -1e300, -1e-320, 5.0])
    yield scores_case("weights of 0", [0, 1, 1, 0, 1], [0.1, 0.9, 0.5, 0.6, 0.7], weights=[1.0, 2.0, 0.0, 1.0, 0.5])
    yield proba_case("certain and wrong", [0, 1, 1], [[1, 0], [1, 0], [0, 1]])
    yield proba_case("rows that do not sum to 1", [0, 1, 1], [[0.5, 0.2], [0.3, 0.3], [0.0, 0.0]])
    yield proba_case("labels that do not occur", [0, 2, 2, 0], [[0.7, 0.1, 0.2], [0.1, 0.1, 0.8], [0.4, 0.4, 0.2], [0.3, 0.3, 0.4]], labels=[0, 1, 2])
    yield proba_case("one label occurs", [1, 1], [[0.3, 0.7], [0.6, 0.4]], labels=[0, 1])
    yield numbers_case("constant and hit", [2, 2, 2], [2, 2, 2])
    yield numbers_case("constant and missed", [2, 2, 2], [1, 2, 3])
    yield numbers_case("a row", [2], [3])
    yield numbers_case("weights of 0", [1, 2, 3, 4], [1, 3, 3, 9], weights=[0.0, 1.0, 1.0, 0.0])


def write(path, cases):
    lines = ",\n".join(" " + json.dumps(c, separators=(",", ":")) for c in cases)
    head = json.dumps(HEAD)[1:-1]
    path.write_text("{" + head + ', "cases": [\n' + lines + "\n]}\n")


if len(sys.argv) == 3:
    write(pathlib.Path(sys.argv[2]), random_cases(np.random.default_rng(int(sys.argv[1])), 300, 60, 15))
else:
    out = pathlib.Path(__file__).parent / "golden"
    out.mkdir(exist_ok=True)
    write(out / "metrics.json", [*edge_cases(), *data_sets(), *random_cases(np.random.default_rng(0), 10, 36, 3), *scorers(), *sums()])
