"""The schema: the areas, merged. An area that is not listed here does not exist."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import cache
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLNonNull, GraphQLObjectType
from strawberry.extensions import MaskErrors, SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import merge_types
from strawberry.types import ExecutionContext

from app.core import log
from app.core.errors import AppError
from app.graphql import (
    contacts,
    credentials,
    flow_sessions,
    flow_tests,
    flows,
    groups,
    interactives,
    languages,
    messages,
    organizations,
    providers,
    searches,
    tags,
    tickets,
    users,
    webhook_logs,
)
from app.graphql.area import Area
from app.graphql.documents import Documents, ReadyDocument
from app.graphql.scalars import SCALARS

_log = log.get(__name__)

#: Every area, in the order its fields are printed. Adding one is one line here and one import.
AREAS: tuple[Area, ...] = (
    languages.AREA,
    organizations.AREA,
    providers.AREA,
    credentials.AREA,
    users.AREA,
    contacts.AREA,
    tags.AREA,
    groups.AREA,
    messages.AREA,
    interactives.AREA,
    searches.AREA,
    flows.AREA,
    flow_sessions.AREA,
    flow_tests.AREA,
    tickets.AREA,
    webhook_logs.AREA,
)

UNEXPECTED = "Something unexpected has happened"


def is_unexpected(error: GraphQLError) -> bool:
    """Whether an error is our fault, so that its text is not for the caller."""
    original: BaseException | None = error
    while isinstance(original, GraphQLError):
        original = original.original_error
    return original is not None and not isinstance(original, AppError) and error.path is not None


class Schema(strawberry.Schema):
    """Strawberry's, with documents made ready once and unexpected errors logged by kind only."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for root in ("query_type", "mutation_type", "subscription_type"):
            _make_nullable(getattr(self._schema, root))
        self.documents = Documents(self._schema)

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log what is our fault. Documents and variables hold people's words and are not logged."""
        for error in filter(is_unexpected, errors):
            _log.error(
                "resolver failed",
                path=".".join(map(str, error.path or ())),
                org_id=getattr(execution_context and execution_context.context, "org_id", None),
                exc_info=error.original_error,
            )


class WhileLoggedIn(SchemaExtension):
    """An operation over a socket whose login has ended is nobody's."""

    async def on_operation(self) -> AsyncIterator[None]:
        await self.execution_context.context.may_go_on()
        yield


def _make_nullable(root: GraphQLObjectType | None) -> None:
    """A refused root field is null and leaves its siblings standing, whatever its annotation."""
    for field in root.fields.values() if root else ():
        if isinstance(field.type, GraphQLNonNull):
            field.type = field.type.of_type


def merge(name: str, types: list[type | None]) -> type | None:
    """One type `name` with the fields of all."""
    present = tuple(type_ for type_ in types if type_ is not None)
    return merge_types(name, present) if present else None


@cache
def schema() -> Schema:
    """The schema of this process."""
    return build(AREAS)


def build(areas: tuple[Area, ...]) -> Schema:
    """The schema of `areas`."""
    return Schema(
        query=merge("RootQueryType", [area.query for area in areas]),
        mutation=merge("RootMutationType", [area.mutation for area in areas]),
        subscription=merge("RootSubscriptionType", [area.subscription for area in areas]),
        config=StrawberryConfig(auto_camel_case=True, scalar_map=SCALARS),
        extensions=[
            WhileLoggedIn,
            ReadyDocument,
            lambda: MaskErrors(should_mask_error=is_unexpected, error_message=UNEXPECTED),
        ],
    )
