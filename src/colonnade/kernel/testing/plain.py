"""The TLS context of test clients: an empty one, since every server that they call is on this machine."""

from __future__ import annotations

import ssl

__all__ = ["NO_TLS"]

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For `httpx.AsyncClient(verify=NO_TLS)`: httpx otherwise reads all certificate authorities, 20 ms per client."""
