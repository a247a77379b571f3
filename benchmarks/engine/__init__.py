"""How fast FishLab's engine is beside PyTorch, and how much memory it takes: `python -m benchmarks.engine`."""
