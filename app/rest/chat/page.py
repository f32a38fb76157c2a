"""The OpenAPI document as a page: plain HTML, nothing from elsewhere."""

from __future__ import annotations

from html import escape
from typing import Any

import orjson

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60em;margin:2em auto;padding:0 1em}"
    "code,pre{font:13px/1.4 ui-monospace,monospace;background:#f4f4f4;border-radius:4px}"
    "pre{padding:.6em;overflow:auto}code{padding:.1em .3em}summary{cursor:pointer}"
)


def page_of(document: dict[str, Any]) -> str:
    """The document, path by path."""
    info = document["info"]
    parts = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style>",
        f"<h1>{escape(info['title'])}</h1><p>{escape(info['description'])}</p>",
        '<p><a href="/api-docs/swagger.json">OpenAPI document</a></p>',
    ]
    for path, methods in document["paths"].items():
        parts += [_operation(path, method, one) for method, one in methods.items()]
    parts.append("<h2>Bodies</h2>")
    parts += [
        f'<h3 id="{escape(name)}">{escape(name)}</h3><pre>{_json(schema)}</pre>'
        for name, schema in document.get("components", {}).get("schemas", {}).items()
    ]
    return "".join(parts)


def _operation(path: str, method: str, one: dict[str, Any]) -> str:
    answers = ", ".join(
        f"<code>{status}</code> {escape(answer['description'])}"
        for status, answer in one["responses"].items()
    )
    shown = {name: one[name] for name in ("parameters", "requestBody") if name in one}
    detail = f"<details><summary>Request</summary><pre>{_json(shown)}</pre></details>"
    return (
        f"<h3><code>{method.upper()} {escape(path)}</code></h3>"
        f"<p>{escape(one.get('description', ''))}</p>{detail if shown else ''}<p>{answers}</p>"
    )


def _json(value: Any) -> str:
    return escape(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
