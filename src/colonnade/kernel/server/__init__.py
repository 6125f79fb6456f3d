"""The HTTP server: uvicorn's protocol with a request cycle of our own."""

from colonnade.kernel.server.protocol import OneWriteProtocol

__all__ = ["OneWriteProtocol"]
