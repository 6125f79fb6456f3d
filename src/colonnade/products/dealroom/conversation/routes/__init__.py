"""HTTP entries of messages: what is written and taken back here, and what is read and edited of the slice messages.

They stand together because a path has one router, whatever the methods.
"""

from colonnade.kernel.http import Router
from colonnade.products.dealroom.conversation.routes.media import MEDIA
from colonnade.products.dealroom.conversation.routes.messages import MESSAGES

__all__ = ["ROUTES"]

ROUTES = Router("/", route_handlers=[MESSAGES, MEDIA])
