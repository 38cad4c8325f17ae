"""docs/settings.md has every setting, with its unit, as the classes have it."""

import inspect
import re
import subprocess

import pytest
from bunmart_chassis.lifecycle import ServiceSettings
from pydantic import Field

from tests.docs.documents import ROOT, documents
from tools.settings_page import DEVELOPMENT, PAGE, Setting, page, sections, settings_of

SETTINGS = [setting for _, found in sections() for setting in found]
NUMBERS = ("integer", "number", "decimal")


def test_the_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run `make docs`"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.variable)
def test_a_setting_has_a_meaning_and_a_number_has_a_unit(setting: Setting) -> None:
    assert setting.meaning.endswith(".")
    assert not setting.meaning.startswith(("What ", "Who ", "Where ", "How ", "Whether "))
    assert setting.unit or not setting.type.startswith(NUMBERS)


def test_a_row_says_what_the_class_says() -> None:
    class Settings(ServiceSettings):
        """The settings of an example."""

        wait_seconds: float = Field(default=2.0, gt=0, le=60)
        """Time between
        ``a|b``, in seconds."""
        key: str = Field(default="", repr=False)
        """Key of something."""

    assert [setting.row().strip() for setting in settings_of(Settings)] == [
        r"| `BUNMART_WAIT_SECONDS` | number above 0 to 60 | seconds | `2` | Time between `a\|b`, in seconds. |",
        "| `BUNMART_KEY` | secret text |  |  | Key of something. |",
    ]


def test_every_variable_that_a_document_names_is_read_somewhere() -> None:
    command = ("git", "grep", "-ohE", "BUNMART_[A-Z_]*[A-Z]", "--", ":!*.md", ":!*/golden/*")
    found = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=60)
    known = {*found.stdout.split(), *(setting.variable for setting in SETTINGS)}

    for document in documents():
        named = set(re.findall(r"BUNMART_[A-Z_]*[A-Z]", document.path.read_text()))

        assert named - known == set(), document.name


@pytest.mark.parametrize("owner", [owner for _, owners in DEVELOPMENT for owner in owners])
def test_every_variable_of_development_is_on_the_page(owner: type) -> None:
    source = inspect.getsource(owner)

    read = set(re.findall(r'"((?:BUNMART|STRIPE|MAIL_CATCHER)_[A-Z_]*[A-Z])"', source))

    assert read
    assert read - {setting.variable for setting in SETTINGS} == set()
