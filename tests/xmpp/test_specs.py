"""What the server implements is written down, announced and shown by a conversation."""

from __future__ import annotations

from pathlib import Path

from app.xmpp.loader import MODULES
from app.xmpp.specs import PAGE, page

MODULE_FOLDER = Path(__file__).resolve().parents[2] / "app" / "xmpp" / "modules"


def test_the_page_of_specifications_is_as_the_modules_say() -> None:
    assert PAGE.read_text("utf-8") == page()


def test_every_module_in_the_folder_is_loaded() -> None:
    found = {path.stem for path in MODULE_FOLDER.iterdir() if not path.stem.startswith("__")}

    assert found == set(MODULES)
