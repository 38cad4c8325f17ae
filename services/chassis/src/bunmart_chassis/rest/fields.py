"""Types of the texts in request bodies; their descriptions say in the OpenAPI document what is taken.

A handler reads such a field with the function of ``bunmart_chassis.validation`` that is named after it, as
gRPC does: ``require_name``, ``optional_line``, ``optional_text``.
"""

from typing import Annotated

import msgspec

NAME_RULE = "A name: one line without links (addresses of the web or of mail) and without hidden characters"
LINE_RULE = "One line without hidden characters"
TEXT_RULE = "One or many lines without hidden characters"
_HIDDEN = (
    ": of control, of format (such as marks that turn the direction of writing) or without a shape; what"
    " scripts and emoji need is taken. It is stored in NFC, without blanks around it"
)
NameText = Annotated[str, msgspec.Meta(description=NAME_RULE + _HIDDEN)]
LineText = Annotated[str, msgspec.Meta(description=LINE_RULE + _HIDDEN)]
FreeText = Annotated[str, msgspec.Meta(description=TEXT_RULE + _HIDDEN)]
