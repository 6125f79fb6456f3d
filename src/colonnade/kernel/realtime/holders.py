"""Sockets of signed-in accounts: they close when their session, account or key ends, and when the token expires."""

from __future__ import annotations

import asyncio

from colonnade.kernel.access import Principal
from colonnade.kernel.core import now
from colonnade.kernel.realtime.client import Client
from colonnade.kernel.realtime.hub import Hub

__all__ = ["hold_socket", "release_socket"]

_EXPIRY = "expiry"


def hold_socket(hub: Hub, client: Client, principal: Principal) -> None:
    """Close `client` (SESSION_ENDED) when the principal's session or account ends or its token expires.

    For `on_connect`; `release_socket` is its counterpart for `on_disconnect`.
    """
    client.tag(f"session:{principal.session_id}")
    client.tag(f"account:{principal.id}")
    key = f"socket:{client.id}"
    client.tag(key)
    seconds = max(0.0, principal.expires_at - now().timestamp())
    client.state[_EXPIRY] = asyncio.get_running_loop().call_later(seconds, _close, client, hub, key)


def release_socket(client: Client) -> None:
    """Cancel the expiry timer of a client that has gone, if it has one."""
    expiry = client.state.pop(_EXPIRY, None)
    if expiry is not None:
        expiry.cancel()


def _close(client: Client, hub: Hub, key: str) -> None:
    task = asyncio.ensure_future(hub.disconnect(key, "SESSION_ENDED", "The session has ended."))
    client.state["closing"] = task  # the loop keeps only a weak reference
