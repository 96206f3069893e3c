"""What TestONNXRuntime asks: onnxruntime's answers to models that WriteONNX wrote.

Run by make onnx, with a Python that has onnxruntime, as python onnx.py DIRECTORY. For each
NAME.onnx in the directory there is NAME.rows, its input as float64, row by row. Each output
becomes NAME.OUTPUT, as int64 or float32.
"""

import pathlib
import sys

import numpy as np
import onnxruntime

print("onnxruntime", onnxruntime.__version__)
for file in sorted(pathlib.Path(sys.argv[1]).glob("*.onnx")):
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    columns = session.get_inputs()[0].shape[1]
    X = np.fromfile(file.with_suffix(".rows"), "<f8").reshape(-1, columns)
    for output, values in zip(session.get_outputs(), session.run(None, {"X": X})):
        assert values.shape[0] == len(X) and list(values.shape[1:]) == output.shape[1:], (file, output, values.shape)
        values.tofile(file.with_suffix("." + output.name))
