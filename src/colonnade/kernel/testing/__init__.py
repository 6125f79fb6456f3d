"""For tests: a real server in the test's own event loop, a Socket.IO client, and a counter of SQL statements."""

from colonnade.kernel.testing.backend import PASSWORD, Backend, migrate_product
from colonnade.kernel.testing.counting import count_statements
from colonnade.kernel.testing.node import NodeScript
from colonnade.kernel.testing.server import LiveServer
from colonnade.kernel.testing.sockets import Refused, SocketClient

__all__ = [
    "PASSWORD",
    "Backend",
    "LiveServer",
    "NodeScript",
    "Refused",
    "SocketClient",
    "count_statements",
    "migrate_product",
]
