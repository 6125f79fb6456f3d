"""libvips, loaded with the first image and restricted: five loaders, no cache, one thread.

Importing pyvips costs about 13 MB and 60 ms, so nothing here imports it before it is needed. Everything that calls it
runs in the processes of `Images`, never in the server's own. The limits are libvips's, for the whole process.

Out of scope: bounds on pixels (`decoding`), and on seconds and memory (`Images`).
"""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["load_vips"]

LOADERS = (
    "VipsForeignLoadJpeg",
    "VipsForeignLoadPng",
    "VipsForeignLoadNsgif",
    "VipsForeignLoadWebp",
    "VipsForeignLoadHeif",
)


@cache
def load_vips() -> Any:
    """Return the pyvips module, restricted."""
    import pyvips

    pyvips.block_untrusted_set(True)
    pyvips.operation_block_set("VipsForeignLoad", True)
    for loader in LOADERS:
        pyvips.operation_block_set(loader, False)
    pyvips.cache_set_max(0)
    pyvips.cache_set_max_mem(0)
    pyvips.concurrency_set(1)
    return pyvips
