"""HTTP entries of the channels slice, for owners and for the provider."""

from colonnade.kernel.http import Router
from colonnade.products.dealroom.channels.routes.channels import CHANNELS
from colonnade.products.dealroom.channels.routes.webhooks import WEBHOOKS

__all__ = ["ROUTES"]

ROUTES = Router("/", route_handlers=[CHANNELS, WEBHOOKS])
