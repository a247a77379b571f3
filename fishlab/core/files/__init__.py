"""What is read from disk and written to it: one format a file, everything checked before it is believed."""

from fishlab.core.files.atomic import SaveError, check_writable, sweep
from fishlab.core.files.project import open_project, save_project

__all__ = ["SaveError", "check_writable", "open_project", "save_project", "sweep"]
