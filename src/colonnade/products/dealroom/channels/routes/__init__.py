"""HTTP entries of the channels slice, for owners."""

from colonnade.kernel.http import Router
from colonnade.products.dealroom.channels.routes.channels import CHANNELS
from colonnade.products.dealroom.channels.routes.rules import RULES

__all__ = ["ROUTES"]

ROUTES = Router("/", route_handlers=[CHANNELS, RULES])
