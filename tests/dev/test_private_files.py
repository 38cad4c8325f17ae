"""Secrets are written whole, for their owner alone."""

import stat
import tempfile
from pathlib import Path
from typing import Any

import pytest
from bunmart_dev.private_files import write_private


def test_a_file_and_its_folder_are_made_for_their_owner(tmp_path: Path) -> None:
    path = tmp_path / "new" / "passwords.json"

    write_private(path, b"first")
    write_private(path, b"second")

    assert path.read_bytes() == b"second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_who_fails_while_writing_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "passwords.json"
    write_private(path, b"whole")
    made = tempfile.NamedTemporaryFile

    def full(*arguments: Any, **options: Any) -> Any:
        file = made(*arguments, **options)

        def write(content: bytes) -> int:
            file.file.write(content[:3])
            raise OSError("no space left on device")

        monkeypatch.setattr(file, "write", write)
        return file

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)
    with pytest.raises(OSError, match="no space"):
        write_private(path, b"another")

    assert path.read_bytes() == b"whole"
    assert list(tmp_path.iterdir()) == [path]
