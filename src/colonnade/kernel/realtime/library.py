"""Imports python-socketio and python-engineio without libraries that only their unused parts need.

`import socketio` imports everything it has: clients, which poll with requests, and managers for Redis and Valkey, which
use those clients. Together that is a quarter of a second and 17 MB in every process. The library does without each that
is not installed, and they count as not installed here while it is imported. The package imports this module first, so
that no other is earlier.

Out of scope: `socketio.Client`, `RedisManager` and `AsyncRedisManager`, which therefore do not work in this process.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

__all__: list[str] = []

_UNUSED = ("redis", "requests", "valkey")


@contextmanager
def _not_installed(names: tuple[str, ...]) -> Iterator[None]:
    """Make `import` of these packages raise ModuleNotFoundError in the block, as None in sys.modules does."""
    loaded = {name: sys.modules[name] for name in names if name in sys.modules}
    sys.modules.update(dict.fromkeys(names))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in names:
            del sys.modules[name]
        sys.modules.update(loaded)


with _not_installed(_UNUSED):
    import socketio  # noqa: F401
