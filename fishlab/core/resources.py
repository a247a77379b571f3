"""Where the files that come with FishLab lie (icons, presets, translations)."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]


def resource_path(*parts: str) -> Path:
    """The path of a file or folder under `resources`, in a checkout as well as in an installed wheel.

    Raises FileNotFoundError, with the name, when there is no such resource.
    """
    inside = _PACKAGE / "resources"
    root = inside if inside.is_dir() else _PACKAGE.parent / "resources"
    path = root.joinpath(*parts)
    if not path.exists():
        raise FileNotFoundError(f"FishLab has no resource “{'/'.join(parts)}” under {root}. Install FishLab again.")
    return path
