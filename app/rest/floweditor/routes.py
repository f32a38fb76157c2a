"""The paths of the flow editor. The editor adds a slash to most of them, and asks some without."""

from __future__ import annotations

from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from app.rest.floweditor import (
    activity,
    completion,
    drawings,
    lists,
    makes,
    media,
    pages,
    services,
    simulate,
)
from app.rest.floweditor.visit import Handler, staff_only

_BASE = "/flow-editor"

#: Whatever staff may read.
_READ: dict[str, Handler] = {
    "globals": lists.global_values,
    "groups": lists.groups,
    "fields": lists.fields,
    "labels": lists.labels,
    "topics": services.topics,
    "channels": lists.channels,
    "classifiers": services.classifiers,
    "ticketers": services.ticketers,
    "resthooks": lists.nothing,
    "optins": lists.nothing,
    "llms": lists.nothing,
    "sheets": services.sheets,
    "sheets/{name}": services.sheet,
    "templates": lists.templates,
    "interactive-templates": lists.interactive_templates,
    "interactive-templates/{id:path}": lists.interactive_template,
    "languages": lists.languages,
    "environment": lists.environment,
    "recipients": lists.recipients,
    "contacts": lists.recipients,
    "users": lists.users,
    "flows": lists.flows,
    "flows/{flow}": drawings.definition,
    "revisions/{flow}": drawings.listed_revisions,
    "revisions/{flow}/{number}": drawings.revision,
    "activity": activity.activity,
    "recents/{exit}/{destination}/{flow}": activity.recents,
    "validate-media": media.validate,
    "attachments-enabled": media.attachments_enabled,
    "completion": completion.completion,
    "functions": completion.functions,
}

#: What changes something, for those who draw flows.
_WRITE: dict[str, Handler] = {
    "groups": makes.group,
    "fields": makes.field,
    "labels": makes.label,
    "sheets/{name}": services.put_sheet,
    "revisions/{flow}": drawings.save,
    "publish/{flow}": drawings.publish,
    "simulate/start": simulate.start,
    "simulate/resume": simulate.resume,
    "flow-attachment": media.attach,
}


def routes() -> list[BaseRoute]:
    """The editor's endpoints, each with and without a slash at its end, and its pages."""
    return [*_endpoints(_READ, "GET", "staff"), *_endpoints(_WRITE, "POST", "manager"),
            *pages.routes(), Route(_BASE + "/{rest:path}", _unknown)]  # fmt: skip


def _endpoints(table: dict[str, Handler], method: str, role: str) -> Iterator[BaseRoute]:
    for path, handler in table.items():
        run = staff_only(handler, role)
        yield Route(f"{_BASE}/{path}", run, methods=[method])
        if not path.endswith(":path}"):
            yield Route(f"{_BASE}/{path}/", run, methods=[method])


async def _unknown(request: Request) -> Response:
    """Not a redirect to the same path with a slash: a body would be lost on its way."""
    return Response(status_code=404)
