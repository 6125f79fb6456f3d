"""Tools for tests: a real server in the test's event loop, a Socket.IO client, a counter of SQL statements, reviews.

`Permissions` compares a product's routes with a reviewed file, `descriptions` checks its API description for readers
and their tools.
"""

from colonnade.kernel.testing.answers import error_code, repeated_headers
from colonnade.kernel.testing.backend import PASSWORD, Backend, migrate_product
from colonnade.kernel.testing.clock import own_seconds
from colonnade.kernel.testing.colliding import collide
from colonnade.kernel.testing.completions import ChatModel, run_chat_model
from colonnade.kernel.testing.counting import count_statements
from colonnade.kernel.testing.descriptions import (
    find_gaps,
    lint_description,
    lint_events,
    list_operations,
    refused_examples,
    run_command,
    undescribed,
)
from colonnade.kernel.testing.emptying import Emptier
from colonnade.kernel.testing.faulty import Fault, FaultyService, out_of_order, replayed
from colonnade.kernel.testing.node import NodeScript
from colonnade.kernel.testing.permissions import Permissions, draft_permissions
from colonnade.kernel.testing.plain import NO_TLS
from colonnade.kernel.testing.sentences import strange_event_sentences, strange_sentences
from colonnade.kernel.testing.server import LiveServer
from colonnade.kernel.testing.sockets import Refused, SocketClient
from colonnade.kernel.testing.waiting import until_waiting

__all__ = [
    "NO_TLS",
    "PASSWORD",
    "Backend",
    "ChatModel",
    "Emptier",
    "Fault",
    "FaultyService",
    "LiveServer",
    "NodeScript",
    "Permissions",
    "Refused",
    "SocketClient",
    "collide",
    "count_statements",
    "draft_permissions",
    "error_code",
    "find_gaps",
    "lint_description",
    "lint_events",
    "list_operations",
    "migrate_product",
    "out_of_order",
    "own_seconds",
    "refused_examples",
    "repeated_headers",
    "replayed",
    "run_chat_model",
    "run_command",
    "strange_event_sentences",
    "strange_sentences",
    "undescribed",
    "until_waiting",
]
