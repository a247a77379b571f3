"""The engine and the experiment: standard library and NumPy, no window."""
