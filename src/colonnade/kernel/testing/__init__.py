"""For tests: a real server in the test's own event loop, and a counter of SQL statements."""

from colonnade.kernel.testing.counting import count_statements
from colonnade.kernel.testing.server import LiveServer

__all__ = ["LiveServer", "count_statements"]
