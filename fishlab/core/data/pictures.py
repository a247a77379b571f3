"""One picture file as grey levels, through Pillow, which is loaded when the first one is read.

Only formats that hold nothing but pixels are opened, and none whose header promises more than MOST_PIXELS.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fishlab.core.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "WEBP", "TIFF", "PPM")
SUFFIXES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".pbm"))
MOST_PIXELS = 50_000_000


def read_picture(path: Path, size: tuple[int, int], colour: bool) -> NDArray[np.uint8]:
    """The picture in a file brought to `size` (rows, columns): uint8 (1, H, W), or (3, H, W) in colour.

    Transparent parts are white, and a photo is turned as its camera says. Raises DataError.
    """
    from PIL import Image, ImageOps

    try:
        with Image.open(path, formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise _refuse(path, f"has {picture.width:,} × {picture.height:,} pixels", f"at most {MOST_PIXELS:,}")
            picture.draft("RGB" if colour else "L", (2 * size[1], 2 * size[0]))  # a JPEG is read at part of its size
            upright = ImageOps.exif_transpose(picture)
            flat = _flat(upright, "RGB" if colour else "L")
            shrinks = flat.height >= size[0] and flat.width >= size[1]
            by = Image.Resampling.BOX if shrinks else Image.Resampling.BILINEAR  # the mean of what a pixel covers
            small = flat.resize((size[1], size[0]), by)
            levels = np.asarray(small, np.uint8)
    except DataError:
        raise
    except MemoryError:
        raise _refuse(path, "takes more memory than there is", "a smaller picture") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _refuse(path, "has far too many pixels", f"at most {MOST_PIXELS:,}") from error
    except Exception as error:  # each decoder fails in ways of its own
        raise _refuse(path, "cannot be read as a picture", "a whole PNG, JPEG or similar file") from error
    return np.moveaxis(levels, -1, 0) if colour else levels[np.newaxis]


def _flat(picture: Image, mode: str) -> Image:
    """The picture in 8 bits a channel, on white where it is transparent."""
    from PIL import Image

    if picture.mode.startswith("I"):  # 16 bits: a plain conversion would cut them off at 255
        levels = np.asarray(picture).astype(np.int64) // 257
        return Image.fromarray(levels.clip(0, 255).astype(np.uint8)).convert(mode)
    if picture.has_transparency_data:
        ground = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(ground, picture.convert("RGBA")).convert(mode)
    return picture.convert(mode)


def _refuse(path: Path, found: str, expected: str) -> DataError:
    return DataError(f"“{path}” {found}; expected was {expected}. Take the file away, or put another in its place.")
