"""Matrix products in pieces: several small ones in one call, where the BLAS computes small ones faster.

On processors with AVX-512, OpenBLAS has kernels of their own for products of at most a million multiply-adds: they
skip the packing of both matrices, which for a little more than that costs a third of the time. A product just above
the limit is then faster as a few of its row blocks, which NumPy computes in one call on a view (pieces, rows, columns).
Elsewhere, and for everything large, the whole product is faster and stays whole.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from threadpoolctl import threadpool_info

from fishlab.core.layers.base import Array

SMALL = 1_000_000
MOST = 4_300_000
WITH_SMALL_KERNELS = ("SkylakeX", "Cooperlake", "SapphireRapids")


@cache
def has_small_kernels() -> bool:
    """Whether NumPy's BLAS has kernels for small products that need no packing."""
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return any(pool.get("architecture") in WITH_SMALL_KERNELS for pool in pools)


def pieces(rows: int, work: int, *, turned: bool = False) -> int:
    """In how many equal row blocks, of eight rows at least, to compute a product of `work` multiply-adds.

    As few as make each piece small; as many as there can be where the right matrix is `turned`, that is, lies in
    memory column by column: with few rows, the kernels for small products read it as it lies.
    """
    least = SMALL // 3 if turned else SMALL
    if not least < work <= MOST or not has_small_kernels():
        return 1
    counts = [count for count in range(1, rows // 8 + 1) if rows % count == 0 and work <= SMALL * count]
    return (counts[-1] if turned else counts[0]) if counts else 1


def in_pieces(matrix: Array, count: int) -> Array:
    """A matrix (R, C) as its row blocks (count, R / count, C), a view; itself where there is only one."""
    if count == 1:
        return matrix
    rows, columns = matrix.shape
    down, across = matrix.strides
    size = rows // count
    return np.lib.stride_tricks.as_strided(matrix, (count, size, columns), (size * down, down, across))
