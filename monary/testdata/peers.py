"""The Python side of `make peers`: decodes .bson files into columns on request.

First it says which peers there are. Then for each line {"peer", "file", "schema"}
of standard input it decodes the file, which it has read by then, and answers with
the seconds that took and a checksum of each column.

PyMongo is used in the way that was fastest of the plain ones: decode_all, a list
for each column, an array of each list, without the garbage collector, which
otherwise searches the new documents again and again. (decode_iter holds less
memory and was no faster.) Strings and ObjectIDs stay Python objects.
PyMongoArrow gets the bytes as find_arrow_all hands it those of the server.
"""

import gc
import importlib.util
import json
import os
import platform
import sys
import threading
import time
import warnings
import zlib

import bson
import numpy as np
from pymongo import version as pymongo_version

DTYPES = {"float64": "<f8", "int64": "<i8"}  # others are objects


def pymongo(data, columns):
    docs = bson.decode_all(data)
    arrays = []
    for key, index, typ in columns:
        cells = [doc[key] for doc in docs] if index is None else [doc[key][index] for doc in docs]
        arrays.append(np.array(cells, DTYPES.get(typ, object)))
    return arrays


def pymongoarrow(data, columns):
    types = {"float64": pa.float64(), "int64": pa.int64(), "objectid": ObjectIdType()}
    fields = {}
    for key, index, typ in columns:
        typ = types.get(typ, pa.string())
        fields[key] = typ if index is None else pa.list_(typ)
    context = PyMongoArrowContext(Schema(fields))
    context.process_bson_stream(data)
    table = context.finish()
    arrays = []
    for key, index, _ in columns:
        column = table[key].combine_chunks()
        arrays.append(column if index is None else column.flatten().to_numpy()[index::2])  # lists are pairs
    return arrays


def parse(schema):
    """The columns of a schema such as "city string; loc.0 float64": keys, indexes or None, types."""
    for field in schema.split("; "):
        path, typ = field.split()
        key, _, index = path.partition(".")
        yield key, int(index) if index else None, typ


def checksum(column, typ):
    """CRC-32 of the values: 8 bytes a number, text with NUL behind each, ObjectIDs as they are."""
    if typ in DTYPES:
        return zlib.crc32(np.asarray(column, DTYPES[typ]).tobytes())
    cells = column.to_pylist() if hasattr(column, "to_pylist") else column
    if typ == "objectid":
        return zlib.crc32(b"".join(cell.binary for cell in cells))
    return zlib.crc32("".join(cell + "\0" for cell in cells).encode())


decoders = {"pymongo": pymongo}
about = {
    "pymongo": f"{pymongo_version}, C extension: {bson.has_c()}, gc off; Python {platform.python_version()}, NumPy {np.__version__}",
    "monary (C)": "skipped, " + ("reads from a server only" if importlib.util.find_spec("monary") else "not installed"),
}
try:
    warnings.filterwarnings("ignore", message=".*size changed")  # a PyArrow newer than PyMongoArrow's
    import pyarrow as pa
    from pymongoarrow.api import Schema
    from pymongoarrow.context import PyMongoArrowContext
    from pymongoarrow.types import ObjectIdType
    from pymongoarrow.version import __version__ as pymongoarrow_version

    decoders["pymongoarrow"] = pymongoarrow
    about["pymongoarrow"] = f"{pymongoarrow_version}, PyArrow {pa.__version__}, gc off"
except ImportError:
    about["pymongoarrow"] = "skipped, not installed"
print(json.dumps({"peers": list(decoders), "about": about}), flush=True)

gc.disable()
name, data = None, b""
for line in sys.stdin:
    job = json.loads(line)
    if job["file"] != name:
        name = job["file"]
        with open(name, "rb") as file:
            data = file.read()
    columns = list(parse(job["schema"]))
    start = time.perf_counter()
    arrays = decoders[job["peer"]](data, columns)
    seconds = time.perf_counter() - start
    sums = [checksum(array, typ) for array, (_, _, typ) in zip(arrays, columns)]
    # Linux counts the threads of libraries as well.
    threads = len(os.listdir("/proc/self/task")) if os.path.exists("/proc/self/task") else threading.active_count()
    print(json.dumps({"seconds": seconds, "sums": sums, "threads": threads}), flush=True)
    del arrays
