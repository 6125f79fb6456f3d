"""Decodes request bodies (strictly) for handlers and encodes their answers (in the product's envelope).

Implemented as a Litestar DTO, its hook for this purpose; a handler takes `data: SomeStruct` and returns `Ok[…]`,
`Created[…]` or `Page[…]`. `data: bytes` is the raw body, for a route that checks a signature over it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, ClassVar, get_origin

from litestar._openapi.schema_generation import SchemaCreator
from litestar.dto import AbstractDTO
from litestar.dto.data_structures import DTOFieldDefinition
from litestar.openapi.spec import Reference, Schema
from litestar.typing import FieldDefinition

from colonnade.kernel.core import UnsupportedMediaType
from colonnade.kernel.http.answers import Ok, Page
from colonnade.kernel.http.envelope import Envelope
from colonnade.kernel.http.exchange import SCOPE_KEY, Exchange
from colonnade.kernel.http.forms import is_form, read_form
from colonnade.kernel.http.strict_json import convert_body, decode_body

__all__ = ["wire_for"]


class _Wire(AbstractDTO[Any]):
    envelope: ClassVar[Envelope]
    body_types: ClassVar[dict[str, Any]]

    def decode_bytes(self, value: bytes) -> Any:
        exchange: Exchange = self.asgi_connection.scope[SCOPE_KEY]  # type: ignore[literal-required]
        exchange.body = value
        handler = self.asgi_connection.route_handler
        body_type = self.body_types[handler.handler_id]
        if body_type is bytes:
            return value
        form = handler.opt.get("form")
        if form is not None:
            content_type, parameters = self.asgi_connection.content_type  # type: ignore[attr-defined]
            if is_form(content_type):
                return convert_body(read_form(value, parameters.get("boundary", "")), form, strict=False)
            if form is body_type:
                raise UnsupportedMediaType("This is to be sent as multipart/form-data.")
        return decode_body(value, body_type)

    def decode_builtins(self, value: dict[str, Any]) -> Any:
        return convert_body(
            dict(value), self.body_types[self.asgi_connection.route_handler.handler_id], strict=False
        )

    def data_to_encodable_type(self, data: Any) -> Any:
        exchange: Exchange = self.asgi_connection.scope[SCOPE_KEY]  # type: ignore[literal-required]
        exchange.fresh_until = data.fresh_until
        if isinstance(data, Ok):
            exchange.version = data.version
        return self.envelope.success(data)

    @classmethod
    def is_supported_model_type_field(cls, field_definition: FieldDefinition) -> bool:
        origin = get_origin(field_definition.annotation)
        return isinstance(origin, type) and issubclass(origin, Ok | Page)

    @classmethod
    def create_for_field_definition(
        cls, field_definition: FieldDefinition, handler_id: str, backend_cls: Any = None
    ) -> None:
        if field_definition.name == "data":
            cls.body_types[handler_id] = field_definition.annotation

    @classmethod
    def create_openapi_schema(
        cls, field_definition: FieldDefinition, handler_id: str, schema_creator: SchemaCreator
    ) -> Reference | Schema:
        return Schema()  # `openapi_schemas` describes it, from the types themselves

    @classmethod
    def generate_field_definitions(cls, model_type: type[Any]) -> Generator[DTOFieldDefinition, None, None]:
        yield from ()

    @classmethod
    def detect_nested_field(cls, field_definition: FieldDefinition) -> bool:
        return False


def wire_for(envelope: Envelope) -> type[AbstractDTO[Any]]:
    """Build the DTO class of a product that answers in `envelope`."""
    return type("Wire", (_Wire,), {"envelope": envelope, "body_types": {}})
