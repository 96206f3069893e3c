"""Writes testdata/golden/table.json: what pandas makes of small tables.

Run in the directory above this one:

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_table.py
"""

import json
import pathlib
import sys

import numpy as np
import pandas as pd

OUT = pathlib.Path(__file__).parent / "golden" / "table.json"
RANDOM = np.random.RandomState(9)


def cell(v):
    """A number as hex text, whole as it is, None where pandas has no value."""
    if v is None or (isinstance(v, float) and np.isnan(v)) or v is pd.NA:
        return None
    if isinstance(v, (int, np.integer)):
        return int(v)
    if isinstance(v, (float, np.floating)):
        return float(v).hex()
    return v


def column(values):
    return [cell(v) for v in values]


def columns(frame):
    return {str(name): column(frame[name]) for name in frame.columns}


def holes(values, share):
    values = np.array(values, dtype=float)
    values[RANDOM.rand(len(values)) < share] = np.nan
    return values


def source(n):
    return pd.DataFrame(
        {
            "state": RANDOM.choice(["MA", "NY", "CT", "AZ"], n),
            "year": RANDOM.randint(2010, 2014, n),
            "x": holes(RANDOM.normal(1e6, 1, n), 0.2),
            "y": holes(RANDOM.normal(0, 1e-3, n), 0.3),
            "z": RANDOM.randint(-5, 5, n).astype(float),
            "pop": RANDOM.randint(0, 1 << 40, n),
        }
    )


def grouped(frame):
    g = frame.groupby(["state", "year"], sort=False)
    out = g.agg(
        sum=("x", "sum"), mean=("x", "mean"), min=("x", "min"), max=("x", "max"), count=("x", "count"),
        std=("x", "std"), first=("x", "first"), last=("x", "last"), pop=("pop", "sum"), size=("z", "size"),
    ).reset_index()
    return columns(out)


def described(frame):
    d = frame[["x", "y", "z", "pop"]].describe()
    return {name: column(d[name]) for name in d.columns}


def rolled(frame, rows, least):
    out = {"rows": rows, "min_periods": least}
    for name in ["x", "y", "z"]:
        r = frame[name].rolling(rows, min_periods=least)
        out[name] = {f: column(getattr(r, f)()) for f in ["sum", "mean", "min", "max", "std"]}
    return out


def joined(how):
    left = pd.DataFrame({"k": RANDOM.randint(0, 8, 20), "j": RANDOM.randint(0, 2, 20), "a": range(20)})
    right = pd.DataFrame({"k": RANDOM.randint(0, 8, 15), "j": RANDOM.randint(0, 2, 15), "b": range(15)})
    out = left.merge(right, on=["k", "j"], how=how).sort_values(["a", "b"])  # 1.5 has an order of its own
    return {"left": columns(left), "right": columns(right), "out": columns(out)}


def as_of(direction, tolerance):
    left = pd.DataFrame({"t": np.sort(RANDOM.randint(0, 100, 30)), "s": RANDOM.choice(["p", "q"], 30)})
    right = pd.DataFrame({"t": np.sort(RANDOM.randint(0, 100, 25)), "s": RANDOM.choice(["p", "q"], 25), "b": range(25)})
    out = pd.merge_asof(left, right, on="t", by="s", direction=direction, tolerance=tolerance)
    return {
        "direction": direction, "tolerance": tolerance or 0,
        "left": columns(left), "right": columns(right), "b": column(out["b"]),
    }


def pivoted(frame):
    p = frame.pivot_table(index="state", columns="year", values="x", aggfunc="mean")
    order = frame["state"].drop_duplicates()
    return {"state": list(order), **{str(y): column(p.loc[order, y]) for y in p.columns}}


def main():
    frame = source(100)
    text = {
        "command": "OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 /usr/bin/python3 testdata/golden_table.py",
        "versions": {"python": sys.version.split()[0], "numpy": np.__version__, "pandas": pd.__version__},
        "source": columns(frame),
        "grouped": grouped(frame),
        "described": described(frame),
        "correlations": columns(frame[["x", "y", "z", "pop"]].corr()),
        "rolled": [rolled(frame, rows, least) for rows, least in [(1, 1), (3, 3), (7, 2), (50, 1), (200, 5)]],
        "inner": joined("inner"),
        "left": joined("left"),
        "as_of": [as_of(d, t) for d in ["backward", "forward", "nearest"] for t in [None, 2]],
        "pivoted": pivoted(frame),
    }
    OUT.write_text(json.dumps(text, indent=None, separators=(",", ":")) + "\n")


main()
