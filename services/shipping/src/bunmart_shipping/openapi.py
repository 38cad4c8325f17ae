"""Parts of the OpenAPI document that a handler's signature does not tell."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from bunmart_shipping.domain import ImageType


@dataclass
class PictureUpload(Operation):
    """The body of an upload of a delivery picture: raw bytes."""

    def __post_init__(self) -> None:
        """Describe the body."""
        raw = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        self.request_body = RequestBody(required=True, content={str(kind): raw for kind in ImageType})
