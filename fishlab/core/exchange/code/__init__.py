"""Code: a network and its training as one readable Python file, in the NumPy of the book or in PyTorch."""
