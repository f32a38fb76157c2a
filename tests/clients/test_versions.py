"""The page that says which clients are tried tells the truth."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/clients.md"


def packaged(folder: str, package: str) -> str:
    described = json.loads((ROOT / folder / "package.json").read_text())
    found: str = described["dependencies"][package]
    return found


@pytest.mark.parametrize(
    ("client", "tried"),
    [
        ("@xmpp/client", packaged("tests/clients/node/xmpp", "@xmpp/client")),
        ("@xmpp/client", packaged("tests/e2e/node", "@xmpp/client")),
        ("strophe.js", packaged("tests/clients/node/strophe", "strophe.js")),
        ("stanza", packaged("tests/clients/node/stanza", "stanza")),
        ("converse.js", packaged("tests/clients/node/converse", "converse.js")),
        ("slixmpp", version("slixmpp")),
    ],
)
def test_the_page_names_the_version_that_is_tried(client: str, tried: str) -> None:
    [said] = re.findall(rf"^\| `{re.escape(client)}` \| (\S+) \|", PAGE.read_text(), re.MULTILINE)

    assert said == tried
