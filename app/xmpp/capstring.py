"""XEP-0115 5: the verification string of what an entity says that it can do."""

from __future__ import annotations

import base64
import hashlib
from typing import Final

from app.protocol import ns
from app.protocol.element import Element, children
from app.protocol.forms import FORM_TYPE

#: 5.1: the hashes by which clients name their features.
HASHES: Final = {"sha-1": "sha1", "sha-256": "sha256"}


def verification(info: Element, hash_name: str = "sha-1") -> str:
    """The hash of a disco#info answer, in base64."""
    parts = sorted(_identity(identity) for identity in children(info, "identity"))
    parts += sorted(feature.get("var", "") for feature in children(info, "feature"))
    for form in sorted(children(info, "x", ns.DATA_FORMS), key=_form_type):
        parts += _form(form)
    text = "".join(f"{part}<" for part in parts)
    # A name for a set of features, not a guard: XEP-0115 says which hash.
    digest = hashlib.new(HASHES[hash_name], text.encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def _identity(identity: Element) -> str:
    lang = identity.get(f"{{{ns.XML}}}lang", "")
    category, type_ = identity.get("category", ""), identity.get("type", "")
    return f"{category}/{type_}/{lang}/{identity.get('name', '')}"


def _values(form: Element, var: str) -> list[str]:
    for field in children(form, "field"):
        if field.get("var") == var:
            return sorted(value.text or "" for value in children(field, "value"))
    return []


def _form_type(form: Element) -> str:
    return next(iter(_values(form, FORM_TYPE)), "")


def _form(form: Element) -> list[str]:
    names = sorted({field.get("var", "") for field in children(form, "field")} - {FORM_TYPE})
    parts = [_form_type(form)]
    for name in names:
        parts += [name, *_values(form, name)]
    return parts
