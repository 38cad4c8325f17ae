"""The rules of the catalogue."""

import pytest
from bunmart_chassis.errors import InvalidArgumentError
from bunmart_product import domain
from bunmart_product.domain import ImageType
from hypothesis import given
from hypothesis import strategies as st

BEGINNINGS = {
    ImageType.PNG: b"\x89PNG\r\n\x1a\n",
    ImageType.JPEG: b"\xff\xd8\xff\xe0",
    ImageType.WEBP: b"RIFF\x10\x00\x00\x00WEBPVP8 ",
    ImageType.SVG: b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg">',
}


@given(st.text())
def test_folding_ignores_case_and_may_be_repeated(text: str) -> None:
    folded = domain.fold(text)
    assert domain.fold(folded) == folded


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Börek", "borek"),
        ("CRÈME", "creme"),
        ("Weißbrot", "weissbrot"),
        ("ﬁg", "fig"),
        ("\U0001d468pple", "apple"),
    ],
)
def test_folding_ignores_accents_and_ligatures(text: str, folded: str) -> None:
    assert domain.fold(text) == folded


@pytest.mark.parametrize("kind", ImageType)
def test_an_image_is_what_it_says_it_is(kind: ImageType) -> None:
    assert domain.require_image(kind, BEGINNINGS[kind] + b"rest") is kind
    for other in set(ImageType) - {kind}:
        with pytest.raises(InvalidArgumentError):
            domain.require_image(kind, BEGINNINGS[other])
    with pytest.raises(InvalidArgumentError):
        domain.require_image(kind, b"")


def test_an_image_is_not_too_large_and_of_a_known_type() -> None:
    largest = BEGINNINGS[ImageType.PNG].ljust(domain.MAX_IMAGE_BYTES, b"x")
    assert domain.require_image("image/png", largest) is ImageType.PNG
    with pytest.raises(InvalidArgumentError) as refused:
        domain.require_image("image/png", largest + b"x")
    assert refused.value.code == "IMAGE_TOO_LARGE"
    with pytest.raises(InvalidArgumentError):
        domain.require_image("text/html", b"<html>")
