"""HTTP: guards and answers of routes, the envelope, and the application around them."""

from colonnade.kernel.http.answers import Created, Ok, Page, Pagination, Response, Stream
from colonnade.kernel.http.application import (
    build_api,
    describe_product,
    describe_sockets,
    handlers_of,
    list_routes,
)
from colonnade.kernel.http.edge import Edge
from colonnade.kernel.http.envelope import Envelope, SuccessEnvelope, Warnings
from colonnade.kernel.http.exchange import Exchange
from colonnade.kernel.http.forms import UploadFile
from colonnade.kernel.http.guards import (
    allows,
    anyone,
    check_recently_verified,
    recently_verified,
    signed_in,
    spend_budget,
    spends,
)
from colonnade.kernel.http.handlers import (
    Cached,
    Handler,
    Router,
    Tag,
    delete,
    get,
    mirrored,
    patch,
    post,
    put,
)
from colonnade.kernel.http.idempotency import IdempotencyKey, once, prune_keys
from colonnade.kernel.http.monitoring import monitoring_routes
from colonnade.kernel.http.pagination import (
    Limit,
    PageNumber,
    SearchText,
    cursor_page,
    decode_cursor,
    encode_cursor,
    found_page,
)
from colonnade.kernel.http.parameters import HeaderParameter, QueryParameter
from colonnade.kernel.http.persons import device_of, person_of
from colonnade.kernel.http.preconditions import ExpectedVersion, refuse_versions
from colonnade.kernel.http.routes import Route
from colonnade.kernel.http.services import Api, GuestTokens

__all__ = [
    "Api",
    "Cached",
    "Created",
    "Edge",
    "Envelope",
    "Exchange",
    "ExpectedVersion",
    "GuestTokens",
    "Handler",
    "HeaderParameter",
    "IdempotencyKey",
    "Limit",
    "Ok",
    "Page",
    "PageNumber",
    "Pagination",
    "QueryParameter",
    "Response",
    "Route",
    "Router",
    "SearchText",
    "Stream",
    "SuccessEnvelope",
    "Tag",
    "UploadFile",
    "Warnings",
    "allows",
    "anyone",
    "build_api",
    "check_recently_verified",
    "cursor_page",
    "decode_cursor",
    "delete",
    "describe_product",
    "describe_sockets",
    "device_of",
    "encode_cursor",
    "found_page",
    "get",
    "handlers_of",
    "list_routes",
    "mirrored",
    "monitoring_routes",
    "once",
    "patch",
    "person_of",
    "post",
    "prune_keys",
    "put",
    "recently_verified",
    "refuse_versions",
    "signed_in",
    "spend_budget",
    "spends",
]
