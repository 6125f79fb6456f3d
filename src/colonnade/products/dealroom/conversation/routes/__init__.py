"""HTTP entries of messages: writing and deleting, which is this slice's, and reading and editing of the slice messages.

They are together because a path has one router for all its methods.
"""

from colonnade.kernel.http import Router
from colonnade.products.dealroom.conversation.routes.media import MEDIA
from colonnade.products.dealroom.conversation.routes.messages import MESSAGES

__all__ = ["ROUTES"]

ROUTES = Router("/", route_handlers=[MESSAGES, MEDIA])
