"""Stages: neighbouring layers that run as one, where that is faster. What each layer is stays in its own class."""
