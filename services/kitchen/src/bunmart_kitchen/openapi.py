"""Parts of the OpenAPI document that a handler's signature does not tell."""

from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType

from bunmart_kitchen.domain import MAX_URL, ImageType


@dataclass
class ImageUpload(Operation):
    """The body of an image upload: raw bytes, or a link as JSON."""

    def __post_init__(self) -> None:
        """Describe the body."""
        raw = OpenAPIMediaType(schema=Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY))
        url = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.URI, max_length=MAX_URL)
        link = OpenAPIMediaType(
            schema=Schema(type=OpenAPIType.OBJECT, properties={"url": url}, required=["url"])
        )
        self.request_body = RequestBody(
            required=True,
            content={**{str(kind): raw for kind in ImageType}, "application/json": link},
        )
