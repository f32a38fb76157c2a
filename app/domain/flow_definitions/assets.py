"""What flows refer to, read from the organization's rows with one query."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlmodel import col

from app.core.context import Ctx
from app.core.table import OrgTable
from app.domain.flow_definitions.compiled import CompiledFlows, compiled_flows
from app.models import (
    ContactsField,
    Flow,
    FlowLabel,
    FlowRevision,
    Group,
    InteractiveTemplate,
    Language,
    Organization,
    SessionTemplate,
)
from flows import FieldRef, FlowInvalid, GroupRef, LabelRef
from flows import Flow as CompiledFlow
from flows import Language as EngineLanguage

#: Templates that one snapshot holds; an organization that has more uses them through the chat.
MAX_TEMPLATES = 1000
_LONG = (SessionTemplate, InteractiveTemplate)
#: Flows that one sprint may have to read; each is one query and then stays in the process.
MAX_LOADS = 50

T = TypeVar("T")


class FlowNotLoaded(Exception):
    """The engine asked for a flow that has to be read first. Load it and run the sprint again.

    A sprint is pure, so running it once more from the start does no harm.
    """

    def __init__(self, revision_id: int) -> None:
        super().__init__(f"revision {revision_id}")
        self.revision_id = revision_id


@dataclass(frozen=True, slots=True)
class FlowHead:
    """A flow without its definition. `revision_id` is what a new session of it runs."""

    id: int
    uuid: str
    name: str
    keywords: tuple[str, ...]
    revision_id: int | None
    is_active: bool
    is_background: bool
    ignore_keywords: bool
    is_published: bool = True
    is_template: bool = False
    #: Whether Other, and no answer in time, lead back to the question where they lead nowhere.
    respond_other: bool = False
    respond_no_response: bool = False


@dataclass(slots=True)
class DbAssets:
    """A snapshot of one organization; the engine's `Assets`.

    A flow's definition is taken from the process's compiled flows. Where it is not there,
    FlowNotLoaded says which revision to load.
    """

    heads: Mapping[str, FlowHead]
    groups: tuple[GroupRef, ...]
    contact_fields: tuple[FieldRef, ...]
    labels: tuple[LabelRef, ...]
    languages: tuple[EngineLanguage, ...]
    language_ids: Mapping[str, int]
    templates: Mapping[str, Mapping[str, Any]]
    interactives: Mapping[str, Mapping[str, Any]]
    global_values: Mapping[str, str]
    org: Organization
    compiled: CompiledFlows
    #: Flows that cannot be run; the engine sees them as missing.
    broken: set[int] = field(default_factory=set)

    def flow(self, uuid: str, revision_id: str | None = None) -> CompiledFlow | None:
        head = self.heads.get(uuid)
        pinned = int(revision_id) if revision_id is not None else None
        wanted = pinned if pinned is not None or head is None else head.revision_id
        if wanted is None or wanted in self.broken:
            return None
        other = head is not None and head.respond_other
        no_response = head is not None and head.respond_no_response
        flow = self.compiled.find(wanted, other=other, no_response=no_response)
        if flow is None:
            raise FlowNotLoaded(wanted)
        return flow

    def flow_by_name(self, name: str) -> CompiledFlow | None:
        found = next((h for h in self.heads.values() if h.name.lower() == name.lower()), None)
        return self.flow(found.uuid) if found else None

    def group(self, ref: str) -> GroupRef | None:
        for key in ("uuid", "id", "name"):
            for group in self.groups:
                if ref and getattr(group, key).lower() == ref.lower():
                    return group
        return None

    def field(self, key: str) -> FieldRef | None:
        return next((item for item in self.contact_fields if item.key == key), None)

    def fields(self) -> tuple[FieldRef, ...]:
        return self.contact_fields

    def label(self, ref: str) -> LabelRef | None:
        wanted = ref.lower()
        return next((i for i in self.labels if i.uuid == ref or i.name.lower() == wanted), None)

    def language(self, ref: str) -> EngineLanguage | None:
        wanted = ref.strip().lower()
        short = wanted.replace("-", "_").split("_")[0]
        for item in self.languages:
            if wanted in (item.name.lower(), item.locale.lower()) or short == item.locale.lower():
                return item
        return None

    def template(self, uuid: str) -> Mapping[str, Any] | None:
        return self.templates.get(uuid)

    def interactive(self, id: str) -> Mapping[str, Any] | None:
        return self.interactives.get(id)

    def globals(self) -> Mapping[str, str]:
        return self.global_values


async def load_assets(ctx: Ctx, *, drafts: bool = False, unpublished: bool = False) -> DbAssets:
    """A snapshot of what flows refer to.

    With `drafts`, a flow's newest revision counts instead of the published one (previews); with
    `unpublished` it counts for flows that have no published one (what is to be published next).
    """
    row = (await ctx.session.execute(_SNAPSHOT, {"org_id": ctx.org_id})).one()
    org, flows, groups, fields, labels, languages, templates, interactives = row
    newest = await _newest_revisions(ctx) if drafts or unpublished else {}
    heads = [_head(item, newest, drafts=drafts) for item in flows or ()]
    locale_of = {str(item["id"]): item["locale"] for item in languages or ()}
    return DbAssets(
        heads={head.uuid: head for head in heads},
        groups=tuple(GroupRef(g["uuid"], str(g["id"]), g["label"]) for g in groups or ()),
        contact_fields=tuple(
            FieldRef(f["shortcode"], f["name"], f["value_type"]) for f in fields or ()
        ),
        labels=tuple(LabelRef(item["uuid"], item["name"]) for item in labels or ()),
        languages=tuple(EngineLanguage(i["locale"], i["label"]) for i in languages or ()),
        language_ids={item["locale"]: item["id"] for item in languages or ()},
        templates={item["uuid"]: _template(item, locale_of) for item in templates or ()},
        interactives={
            str(item["id"]): _interactive(item, locale_of) for item in interactives or ()
        },
        global_values={key: str(value) for key, value in (org.fields or {}).items()},
        org=org,
        compiled=compiled_flows(ctx.services.db),
    )


async def with_flows(ctx: Ctx, assets: DbAssets, ask: Callable[[], T]) -> T:
    """What `ask` gives, with every flow that it asks `assets` for loaded. It may be asked again."""
    for _ in range(MAX_LOADS):
        try:
            return ask()
        except FlowNotLoaded as missing:
            await _load_revision(ctx, assets, missing.revision_id)
    raise RuntimeError(f"more than {MAX_LOADS} flows are needed at once")


async def _load_revision(ctx: Ctx, assets: DbAssets, revision_id: int) -> None:
    """Compile the revision into the process's cache, or note in `assets` that it cannot be run."""
    revision: Any = FlowRevision
    definition = await ctx.session.scalar(
        select(revision.definition).where(
            revision.id == revision_id, revision.organization_id == ctx.org_id
        )
    )
    try:
        if definition is not None:
            assets.compiled.compile(revision_id, definition)
            return
    except FlowInvalid:
        pass
    assets.broken.add(revision_id)


def _rows_of(model: Any, *columns: str) -> Any:
    pairs = [part for name in columns for part in (name, getattr(model, name))]
    inner = select(func.jsonb_build_object(*pairs).label("row"), model.id.label("id"))
    if issubclass(model, OrgTable):
        inner = inner.where(model.organization_id == bindparam("org_id"))
    rows = inner.order_by(model.id).limit(MAX_TEMPLATES if model in _LONG else None)
    made = rows.subquery()
    return select(func.jsonb_agg(aggregate_order_by(made.c.row, made.c.id))).scalar_subquery()


#: Made once: this runs for every sprint, and to put it together takes longer than to run it.
_SNAPSHOT = select(
    Organization,
    _rows_of(
        Flow, "id", "uuid", "name", "keywords", "is_active", "is_background", "ignore_keywords",
        "published_revision_id", "is_template", "respond_other", "respond_no_response",
    ),
    _rows_of(Group, "id", "uuid", "label"),
    _rows_of(ContactsField, "shortcode", "name", "value_type"),
    _rows_of(FlowLabel, "uuid", "name"),
    _rows_of(Language, "id", "locale", "label"),
    _rows_of(SessionTemplate, "uuid", "label", "body", "translations"),
    _rows_of(InteractiveTemplate, "id", "label", "interactive_content", "translations"),
).where(col(Organization.id) == bindparam("org_id"))  # fmt: skip


async def _newest_revisions(ctx: Ctx) -> dict[int, int]:
    revision: Any = FlowRevision
    rows = await ctx.session.execute(
        select(revision.flow_id, func.max(revision.id))
        .where(revision.organization_id == ctx.org_id)
        .group_by(revision.flow_id)
    )
    return {flow_id: revision_id for flow_id, revision_id in rows}


def _head(item: Mapping[str, Any], newest: Mapping[int, int], *, drafts: bool) -> FlowHead:
    published, draft = item["published_revision_id"], newest.get(item["id"])
    return FlowHead(
        id=item["id"],
        uuid=item["uuid"],
        name=item["name"],
        keywords=tuple(item["keywords"]),
        revision_id=draft if drafts else published or draft,
        is_active=item["is_active"],
        is_background=item["is_background"],
        ignore_keywords=item["ignore_keywords"],
        is_published=published is not None,
        is_template=item["is_template"],
        respond_other=item["respond_other"],
        respond_no_response=item["respond_no_response"],
    )


def _template(item: Mapping[str, Any], locale_of: Mapping[str, str]) -> dict[str, Any]:
    translations = {
        locale_of.get(str(key), str(key)): value.get("body", "")
        for key, value in (item["translations"] or {}).items()
        if isinstance(value, Mapping)
    }
    named = {"uuid": item["uuid"], "name": item["label"], "body": item["body"]}
    return named | {"translations": translations}


def _interactive(item: Mapping[str, Any], locale_of: Mapping[str, str]) -> dict[str, Any]:
    translations = {
        locale_of.get(str(key), str(key)): value
        for key, value in (item["translations"] or {}).items()
    }
    named = {"id": str(item["id"]), "label": item["label"], "content": item["interactive_content"]}
    return named | {"translations": translations}
