"""Revisions, and what is different between two of them."""

from __future__ import annotations

from datetime import datetime

import strawberry

from app.domain.flow_definitions.data import Saved
from app.graphql.payload import InputError
from app.graphql.scalars import Json
from flows.definition.difference import Change, Difference, NodeChange


@strawberry.type(description="A definition that never changes.")
class FlowRevision:
    id: strawberry.ID
    revision_number: int = strawberry.field(description="The highest one is the draft.")
    status: str = strawberry.field(description="draft, published or archived")
    version: int = strawberry.field(description="How often the flow had been published; 0: never")
    saved_by: str = strawberry.field(description="The name of a user, or Samvad.")
    inserted_at: datetime
    definition: Json | None = strawberry.field(
        default=None, description="Null in lists: a definition may be large."
    )

    @classmethod
    def of(cls, saved: Saved, *, is_whole: bool = False) -> FlowRevision:
        """What the API shows of a revision, with its definition when `is_whole`."""
        row = saved.revision
        return cls(
            id=strawberry.ID(str(row.id)),
            revision_number=row.number,
            status=row.status,
            version=row.version,
            saved_by=saved.author,
            inserted_at=row.inserted_at,
            definition=Json(row.definition) if is_whole else None,
        )


@strawberry.type
class FlowRevisionResult:
    flow_revision: FlowRevision | None = None
    errors: list[InputError] | None = None


@strawberry.type
class FlowRevisionsResult:
    flow_revisions: list[FlowRevision] | None = None
    errors: list[InputError] | None = None


@strawberry.type(description="A value that changed; `before` is null for what is new.")
class FlowChange:
    what: str
    before: str | None
    after: str | None

    @classmethod
    def of(cls, change: Change) -> FlowChange:
        """What the API shows of a change."""
        return cls(what=change.what, before=change.before, after=change.after)


@strawberry.type(description="A node that came, went or is not the same.")
class FlowNodeChange:
    node_uuid: str
    kind: str = strawberry.field(description="added, removed or changed")
    title: str = strawberry.field(description="What the node says or does.")
    changes: list[FlowChange]

    @classmethod
    def of(cls, node: NodeChange) -> FlowNodeChange:
        """What the API shows of a node's changes."""
        changes = [FlowChange.of(change) for change in node.changes]
        return cls(node_uuid=node.node_uuid, kind=node.kind, title=node.title, changes=changes)


@strawberry.type(description="What is different between two revisions.")
class FlowDifference:
    properties: list[FlowChange] | None = None
    nodes: list[FlowNodeChange] | None = None
    lines: list[str] | None = strawberry.field(
        default=None, description="All of it as lines of text."
    )
    errors: list[InputError] | None = None

    @classmethod
    def of(cls, difference: Difference) -> FlowDifference:
        """What the API shows of a difference."""
        return cls(
            properties=[FlowChange.of(change) for change in difference.properties],
            nodes=[FlowNodeChange.of(node) for node in difference.nodes],
            lines=list(difference.lines),
        )
