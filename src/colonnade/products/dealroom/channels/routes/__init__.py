"""HTTP entries of the channels slice, for owners."""

from colonnade.products.dealroom.channels.routes.channels import CHANNELS

__all__ = ["ROUTES"]

ROUTES = CHANNELS
