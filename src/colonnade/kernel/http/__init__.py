"""HTTP: guards and answers of routes, the envelope, and the application around them."""

from litestar import Response, Router
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import HeaderParameter, MultipartBody, QueryParameter

from colonnade.kernel.http.answers import Created, Ok, Page, Pagination
from colonnade.kernel.http.application import build_api, build_litestar, describe_product
from colonnade.kernel.http.cached import Cached
from colonnade.kernel.http.edge import Edge
from colonnade.kernel.http.envelope import Envelope, SuccessEnvelope
from colonnade.kernel.http.exchange import Exchange, client_address
from colonnade.kernel.http.guards import (
    allows,
    anyone,
    check_recently_verified,
    recently_verified,
    signed_in,
    spend_budget,
    spends,
)
from colonnade.kernel.http.handlers import delete, get, patch, post, put
from colonnade.kernel.http.idempotency import once, prune_keys
from colonnade.kernel.http.pagination import (
    Limit,
    PageNumber,
    cursor_page,
    decode_cursor,
    encode_cursor,
)
from colonnade.kernel.http.preconditions import ExpectedVersion
from colonnade.kernel.http.protocol import OneWriteProtocol
from colonnade.kernel.http.routes import Route, list_routes
from colonnade.kernel.http.services import Api
from colonnade.kernel.http.tags import Tag

__all__ = [
    "Api",
    "Cached",
    "Created",
    "Edge",
    "Envelope",
    "Exchange",
    "ExpectedVersion",
    "HeaderParameter",
    "Limit",
    "MultipartBody",
    "Ok",
    "OneWriteProtocol",
    "Page",
    "PageNumber",
    "Pagination",
    "QueryParameter",
    "RequestEncodingType",
    "Response",
    "Route",
    "Router",
    "SuccessEnvelope",
    "Tag",
    "UploadFile",
    "allows",
    "anyone",
    "build_api",
    "build_litestar",
    "check_recently_verified",
    "client_address",
    "cursor_page",
    "decode_cursor",
    "delete",
    "describe_product",
    "encode_cursor",
    "get",
    "list_routes",
    "once",
    "patch",
    "post",
    "prune_keys",
    "put",
    "recently_verified",
    "signed_in",
    "spend_budget",
    "spends",
]
