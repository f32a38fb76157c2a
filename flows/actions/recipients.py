"""Other contacts that an action is about: named ones, groups, a query, URNs, and legacy variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flows.actions.base import list_of, template_of, templates_of
from flows.actions.references import NamedRef, find_groups, read_refs
from flows.expressions.template import Template
from flows.step import Step
from flows.urns import Urn, is_valid, normal, parse
from flows.values import Json

_VARIABLES = 100


@dataclass(frozen=True, slots=True)
class Recipients:
    """Who is named by the flow, before anything is evaluated."""

    contacts: tuple[NamedRef, ...]
    groups: tuple[NamedRef, ...]
    query: Template
    urns: tuple[str, ...]
    variables: tuple[Template, ...]

    def templates(self) -> tuple[Template, ...]:
        """Give the templates in it."""
        names = tuple(group.name_match for group in self.groups if group.name_match)
        return (*names, self.query, *self.variables)


@dataclass(frozen=True, slots=True)
class Found:
    """Who is meant: uuids or ids of contacts, uuids of groups, URNs, and a query."""

    contacts: tuple[str, ...]
    groups: tuple[str, ...]
    query: str
    urns: tuple[str, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.contacts or self.groups or self.query or self.urns)


def read_recipients(data: Mapping[str, Json]) -> Recipients:
    return Recipients(
        contacts=read_refs(data, "contacts"),
        groups=read_refs(data, "groups"),
        query=template_of(data, "contact_query"),
        urns=tuple(str(urn) for urn in list_of(data, "urns")),
        variables=templates_of(data, "legacy_vars", _VARIABLES),
    )


def find_recipients(step: Step, people: Recipients) -> Found:
    """Give who is meant, each list within its bound; a legacy variable may be any of them."""
    contacts = [item.uuid for item in people.contacts if item.uuid]
    groups = [group.uuid for group in find_groups(step, people.groups)]
    urns = list(people.urns)
    for variable in people.variables:
        value = step.text(variable)[0].strip()
        group = step.scene.assets.group(value) if value else None
        if _is_uuid(value):
            contacts.append(value)
        elif group is not None:
            groups.append(group.uuid)
        elif value:
            urns.append(_urn(step, value))
    most = step.env.limits.broadcast_recipients
    return Found(
        contacts=tuple(dict.fromkeys(contacts))[:most],
        groups=tuple(dict.fromkeys(groups))[:most],
        query=_query(step, people.query),
        urns=tuple(dict.fromkeys(urns))[:most],
    )


def _urn(step: Step, value: str) -> str:
    """Give a URN; what is none is taken for a phone number."""
    urn = parse(value)
    if urn is None or not is_valid(urn):
        urn = Urn("tel", value)
    return str(normal(urn, step.env.country))


def _query(step: Step, template: Template) -> str:
    """Give the query with values put in as quoted texts, so that none can change what is asked."""
    return step.quoted(template).strip()


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
