"""Images to learn from: where they come from, how they are checked, split, scaled and dealt out in batches."""

# Importing a source registers it, so whoever imports any part of this package finds them all in DATASETS.
from fishlab.core.data import csv_file, drawn, folder, idx_files, like_mnist, mnist, npz_file, plane

__all__ = ["csv_file", "drawn", "folder", "idx_files", "like_mnist", "mnist", "npz_file", "plane"]
