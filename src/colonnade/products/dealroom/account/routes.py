"""One's own account: API keys, and an export of the data that is held about it."""

from __future__ import annotations

from colonnade.kernel.exports import export_routes
from colonnade.kernel.http import Router
from colonnade.kernel.identity import api_key_routes
from colonnade.products.dealroom.shared.rules.places import PREFIX

__all__ = ["ROUTES"]

ROUTES = Router(
    "/", route_handlers=[api_key_routes(f"{PREFIX}/auth/keys"), export_routes(f"{PREFIX}/account/exports")]
)
