"""Tests of faults use the window in the way of tests/ui, and leave as little behind."""

from tests.ui.conftest import (  # noqa: F401  (fixtures are found by their names here)
    empty_clipboard,
    imported_past,
    nothing_left_behind,
    open_window,
    own_theme,
    patient_glimpse,
    pytest_runtest_makereport,
)
