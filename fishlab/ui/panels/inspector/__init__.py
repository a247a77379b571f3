"""The inspector: what is selected, the data, and the training, each as a form."""

from fishlab.ui.panels.inspector.panel import InspectorPanel

__all__ = ["InspectorPanel"]
