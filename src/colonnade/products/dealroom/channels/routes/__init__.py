"""HTTP entries of the channels slice: the owner's, and the provider's."""

from colonnade.kernel.http import Router
from colonnade.products.dealroom.channels.routes.channels import CHANNELS
from colonnade.products.dealroom.channels.routes.webhooks import WEBHOOKS

__all__ = ["ROUTES"]

ROUTES = Router("/", route_handlers=[CHANNELS, WEBHOOKS])
