"""Code: a network and its training as one readable Python file, in the NumPy of the book or in PyTorch."""

from fishlab.core.exchange.code import numpy_file, torch_file  # noqa: F401
