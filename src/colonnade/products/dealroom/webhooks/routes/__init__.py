"""HTTP entries of the webhooks slice, for the provider."""

from colonnade.products.dealroom.webhooks.routes.webhooks import WEBHOOKS

__all__ = ["ROUTES"]

ROUTES = WEBHOOKS
