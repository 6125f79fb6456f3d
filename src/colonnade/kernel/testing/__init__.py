"""For tests: a real server in the test's own event loop, a Socket.IO client, and a counter of SQL statements."""

from colonnade.kernel.testing.backend import Backend, migrate_product
from colonnade.kernel.testing.counting import count_statements
from colonnade.kernel.testing.server import LiveServer
from colonnade.kernel.testing.sockets import Refused, SocketClient

__all__ = ["Backend", "LiveServer", "Refused", "SocketClient", "count_statements", "migrate_product"]
