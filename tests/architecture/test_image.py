"""The image holds the flow editor's files, in the version that the product works with."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from app.cli.main import app
from app.web import editor_files

ROOT = Path(__file__).resolve().parents[2]


def test_the_image_fetches_the_editor_in_the_version_that_the_product_works_with() -> None:
    """Each version is another page: what npm gives has to be what `flow-editor install` takes."""
    text = (ROOT / "Dockerfile").read_text("utf-8")

    assert re.findall(r"npm pack .* (\S+)$", text, re.MULTILINE) == [
        f"{editor_files.PACKAGE}@{editor_files.VERSION}"
    ]
    assert "python -m app.cli flow-editor install --file /fetched/*.tgz" in text
    assert "install" in get_command(app).commands["flow-editor"].commands  # type: ignore[attr-defined]  # a group


def test_the_editor_of_the_image_lies_outside_of_the_volume() -> None:
    """A volume keeps the files of the image that made it, and would hide those of a newer one."""
    text = (ROOT / "Dockerfile").read_text("utf-8")
    (into,) = re.findall(r"SAMVAD_HOME=(\S+) python -m app.cli flow-editor", text)
    (code,) = re.findall(r"^WORKDIR (/srv\S*)$", text, re.MULTILINE)
    (volume,) = re.findall(r"^VOLUME (\S+)$", text, re.MULTILINE)

    assert (into, Path(code).is_relative_to(volume)) == (code, False)


@pytest.mark.parametrize("place", ["home", "code"])
def test_the_editor_is_found_in_the_data_and_beside_the_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    # The code's own folder is not a test's to write into.
    monkeypatch.setattr(editor_files, "CODE", tmp_path / "code")
    files = tmp_path / place / "flow-editor" / editor_files.VERSION
    before = editor_files.is_installed(tmp_path / "home")
    files.mkdir(parents=True)
    (files / "asset-manifest.json").write_text("{}")

    assert (before, editor_files.is_installed(tmp_path / "home")) == (False, True)
    assert editor_files.directory(tmp_path / "home") == files
