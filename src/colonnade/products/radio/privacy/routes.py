"""Requests of people about what they left, answered by staff."""

from __future__ import annotations

from colonnade.kernel.privacy import privacy_routes

__all__ = ["ROUTES"]

ROUTES = privacy_routes("/privacy", permission="privacy:manage")
