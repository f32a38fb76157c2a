"""Pages made of templates, with headers that keep them to themselves."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader
from starlette.responses import HTMLResponse, Response

#: The editor compiles expressions of its own with `eval` and styles its parts in place.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src * data: blob:; media-src *; font-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'"
)

_templates = Environment(
    loader=PackageLoader("app.rest.floweditor"), autoescape=True, trim_blocks=True
)


def page(template: str, status: int = 200, **values: Any) -> Response:
    headers = {
        "content-security-policy": POLICY,
        "cache-control": "no-store",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
    return HTMLResponse(_templates.get_template(template).render(values), status, headers)
