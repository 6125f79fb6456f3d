"""What a client of a test needs of TLS: nothing, since every server that it speaks to is on this machine."""

from __future__ import annotations

import ssl

__all__ = ["NO_TLS"]

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For `httpx.AsyncClient(verify=NO_TLS)`: httpx otherwise reads all certificate authorities, 20 ms per client."""
