"""Text that holds data: JSON, URNs, attachments."""

from __future__ import annotations

from flows.expressions.functions.registry import function
from flows.expressions.jsontext import json_text, read_value
from flows.expressions.scope import Scope
from flows.expressions.values import ExprError, Value


@function("json", "any")
def to_json_text(scope: Scope, value: Value) -> Value:
    return json_text(value)


@function("parse_json", "text")
def parse_json(scope: Scope, text: str) -> Value:
    try:
        return read_value(text)
    except ValueError:
        return ExprError("unable to read the text as JSON")


@function("urn_parts", "text")
def urn_parts(scope: Scope, urn: str) -> Value:
    parts = split_urn(urn)
    if parts is None:
        return ExprError(f"{urn} is not a valid URN")
    scheme, path, display = parts
    return {"scheme": scheme, "path": path, "display": display}


def split_urn(urn: str) -> tuple[str, str, str] | None:
    """Give scheme, path and display name, or None for what is no URN."""
    scheme, colon, rest = urn.partition(":")
    if not colon or not scheme.isidentifier() or not rest:
        return None
    path, _, display = rest.partition("#")
    return scheme, path.split("?")[0], display


@function("attachment_parts", "text")
def attachment_parts(scope: Scope, attachment: str) -> Value:
    kind, _, url = attachment.partition(":")
    if url.startswith("//"):
        kind, url = "", attachment
    return {"content_type": kind, "url": url}
