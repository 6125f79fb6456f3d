"""The HTTP server: uvicorn's protocol with a request cycle of our own, deadlines, and counted connections."""

from colonnade.kernel.server.patience import ConnectionLimits
from colonnade.kernel.server.serving import connections_within, listening, raise_file_limit, serving

__all__ = ["ConnectionLimits", "connections_within", "listening", "raise_file_limit", "serving"]
