"""HTTP entries of the webhooks slice, for the provider and for owners."""

from colonnade.kernel.http import Router
from colonnade.products.dealroom.webhooks.routes.items import ITEMS
from colonnade.products.dealroom.webhooks.routes.webhooks import WEBHOOKS

__all__ = ["ROUTES"]

ROUTES = Router("/", route_handlers=[ITEMS, WEBHOOKS])
