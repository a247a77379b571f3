"""Live plots: curves, histograms, filters and the panel that holds them. Only this package imports pyqtgraph."""
