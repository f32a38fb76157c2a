"""The things that imported flows name, found here by their names or made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from app.core.context import Ctx
from app.core.errors import Invalid
from app.domain.contact_fields.service import ensure_fields
from app.domain.flow_definitions.data import Thing
from app.domain.flow_definitions.editor import add_label, locales
from app.domain.flow_definitions.export import TEMPLATE_COLUMNS
from app.domain.flow_definitions.references import Reference
from app.domain.flow_definitions.repository import FlowRepository
from app.domain.groups.service import get_or_create_group
from app.domain.interactives.data import TYPES, NewInteractive
from app.domain.interactives.service import add_interactive, interactives_by_label
from app.models import ContactsField, FlowLabel, Group, Organization, SessionTemplate

#: Things of one kind that one file makes.
MAX_MADE = 200

Json = dict[str, Any]

_GROUP: Any = Group
_LABEL: Any = FlowLabel
_FIELD: Any = ContactsField
_TEMPLATE: Any = SessionTemplate


class Finder:
    """Points references to this organization's things; `made`, `reused` and `notes` are the report."""

    def __init__(self, ctx: Ctx, file: Json) -> None:
        self.ctx = ctx
        self.file = file
        #: uuid in the file -> uuid here, for the flows of the file.
        self.flows: dict[str, str] = {}
        self.made: list[Thing] = []
        self.reused: list[Thing] = []
        self.notes: list[str] = []
        self._lost: dict[Thing, None] = {}
        self._ids: dict[str, int] | None = None

    async def resolve(self, needs: Sequence[Reference]) -> None:
        """Every reference names a thing of this organization, as far as the file tells enough."""
        await self._fields(_of(needs, "field"))
        await self._groups(_of(needs, "group"))
        await self._labels(_of(needs, "label"))
        await self._flows(_of(needs, "flow"))
        await self._templates(_of(needs, "template"))
        await self._interactives(_of(needs, "interactive"))

    def did_make(self, kind: str, name: str) -> None:
        """One more thing is here."""
        self.made.append(Thing(kind, name))

    def note_lost(self) -> None:
        """The report says what could not be found; publishing will ask for it."""
        for thing in self._lost:
            self.notes.append(f"There is no {thing.kind} {thing.name} here, and none in the file")

    # -- by name

    async def _fields(self, needs: Sequence[Reference]) -> None:
        wanted = {ref.ref: ref.name or ref.ref for ref in needs if ref.ref != "settings"}
        for item in _list(self.file.get("contact_field")):
            entry = item if isinstance(item, dict) else {"shortcode": item}
            key = str(entry.get("shortcode") or entry.get("name") or "")
            if key:
                wanted.setdefault(key, str(entry.get("name") or key))
        self._check_number("field", wanted)
        rows = await self.ctx.session.scalars(
            select(_FIELD.shortcode).where(
                _FIELD.organization_id == self.ctx.org_id, _FIELD.shortcode.in_(wanted)
            )
        )
        known = set(rows)
        new = {key: name for key, name in wanted.items() if key not in known}
        await ensure_fields(self.ctx, new)
        self._report("field", wanted, known)

    async def _groups(self, needs: Sequence[Reference]) -> None:
        listed = [
            str(item.get("label") or item.get("name") or "")
            if isinstance(item, dict)
            else str(item)
            for item in _list(self.file.get("collections"))
        ]
        wanted = dict.fromkeys(
            name.strip() for name in [*listed, *(ref.name for ref in needs)] if name.strip()
        )
        self._check_number("group", wanted)
        rows = await self.ctx.session.scalars(
            select(Group).where(_GROUP.organization_id == self.ctx.org_id, _GROUP.label.in_(wanted))
        )
        known = {row.label: row for row in rows}
        missing = [label for label in wanted if label not in known]
        made = {label: await get_or_create_group(self.ctx, label) for label in missing}
        self._report("group", wanted, known)
        ids = {label: str(row.id) for label, row in (known | made).items()}
        self._point(needs, {ref.name: ids.get(ref.name.strip()) for ref in needs})

    async def _labels(self, needs: Sequence[Reference]) -> None:
        wanted = dict.fromkeys(ref.name.strip() for ref in needs if ref.name.strip())
        self._check_number("label", wanted)
        rows = await self.ctx.session.scalars(
            select(FlowLabel).where(
                _LABEL.organization_id == self.ctx.org_id, _LABEL.name.in_(wanted)
            )
        )
        known = {row.name: row for row in rows}
        missing = [name for name in wanted if name not in known]
        made = {name: await add_label(self.ctx, name) for name in missing}
        self._report("label", wanted, known)
        uuids = {name: row.uuid for name, row in (known | made).items()}
        self._point(needs, {ref.name: uuids.get(ref.name.strip()) for ref in needs})

    async def _flows(self, needs: Sequence[Reference]) -> None:
        """Flows of the file by their uuid there; others are those that are here."""
        outside = [ref for ref in needs if ref.ref not in self.flows]
        repository = FlowRepository(self.ctx)
        by_uuid = await repository.by_uuids([ref.ref for ref in outside])
        by_name = await repository.by_names([ref.name for ref in outside])
        for ref in needs:
            if ref.ref in self.flows:
                ref.point_to(self.flows[ref.ref])
                continue
            row = by_uuid.get(ref.ref) or by_name.get(ref.name)
            if row is None:
                self._lost[Thing("flow", ref.name or ref.ref)] = None
                continue
            ref.point_to(row.uuid)
            self._reuse("flow", row.name)

    # -- with their contents

    async def _templates(self, needs: Sequence[Reference]) -> None:
        if not needs:
            return
        entries = {str(item.get("uuid")): item for item in _dicts(self.file.get("templates"))}
        labels = {str(entry.get("label")) for entry in entries.values()}
        labels |= {ref.name for ref in needs}
        rows = await self.ctx.session.scalars(
            select(SessionTemplate).where(
                _TEMPLATE.organization_id == self.ctx.org_id,
                _TEMPLATE.uuid.in_([ref.ref for ref in needs]) | _TEMPLATE.label.in_(labels),
            )
        )
        known = {key: row for row in rows for key in (row.label, row.uuid)}
        for ref in needs:
            entry = entries.get(ref.ref, {})
            row = known.get(ref.ref) or known.get(str(entry.get("label") or ref.name))
            if row is not None:
                self._reuse("template", row.label)
            elif entry:
                row = await self._add_template(entry)
                known |= {ref.ref: row}
            else:
                self._lost[Thing("template", ref.name or ref.ref)] = None
                continue
            ref.point_to(row.uuid)

    async def _add_template(self, entry: Json) -> SessionTemplate:
        values = {name: entry[name] for name in TEMPLATE_COLUMNS if entry.get(name) is not None}
        if not isinstance(values.get("label"), str) or not isinstance(values.get("body"), str):
            raise Invalid("templates", "holds a template without label or body")
        language = await self._language(values.pop("language_id", None))
        values["translations"] = await self._translations(values.get("translations"), inner=True)
        try:
            row = SessionTemplate.model_validate(
                values
                | {
                    "uuid": str(self.ctx.ids.uuid4()),
                    "language_id": language,
                    "organization_id": self.ctx.org_id,
                }
            )
        except ValueError as fault:
            raise Invalid("templates", f"{values['label']} is not a template") from fault
        self.ctx.session.add(row)
        await self.ctx.session.flush()
        self.did_make("template", row.label)
        return row

    async def _interactives(self, needs: Sequence[Reference]) -> None:
        """Messages of the file by the number they had there; else what stands in the flow itself."""
        entries = {
            str(item.get("source_id")): item
            for item in _dicts(self.file.get("interactive_templates"))
        }
        found = {id(ref): entries.get(ref.ref) or _inline(ref) for ref in needs}
        labels = [str(entry.get("label") or "") for entry in found.values() if entry]
        known = await interactives_by_label(self.ctx, labels)
        for ref in needs:
            entry = found[id(ref)]
            if entry is None:
                self._lost[Thing("interactive", ref.name or ref.ref)] = None
                continue
            content = entry.get("interactive_content")
            key = (str(entry.get("label") or "").strip(), str(_dict(content).get("type") or ""))
            row = known.get(key)
            if row is None:
                row = known[key] = await add_interactive(
                    self.ctx,
                    NewInteractive(
                        label=key[0],
                        content=_dict(content),
                        language_id=await self._language(entry.get("language_id")),
                        translations=await self._translations(entry.get("translations")),
                        send_with_title=entry.get("send_with_title") is not False,
                    ),
                )
                self.did_make("interactive", row.label)
            else:
                self._reuse("interactive", row.label)
            ref.point_to(row.id)

    async def _language(self, there: object) -> int:
        """The id here of a language of the file; the organization's own where it says nothing."""
        here = (await self._language_ids()).get(str(there))
        if here is not None:
            return here
        org = await self.ctx.session.get_one(Organization, self.ctx.org_id)
        return org.default_language_id

    async def _translations(self, given: object, *, inner: bool = False) -> Json:
        """Translations by the ids of languages here; those of unknown languages are left out."""
        ids = await self._language_ids()
        found: Json = {}
        for there, value in _dict(given).items():
            here = ids.get(str(there))
            if here is not None:
                is_text = inner and isinstance(value, dict)
                found[str(here)] = value | {"language_id": here} if is_text else value
        return found

    async def _language_ids(self) -> dict[str, int]:
        """Id in the file -> id here, by locale; a file that names none has our numbers."""
        if self._ids is None:
            self._ids = self._matched(await locales(self.ctx))
        return self._ids

    def _matched(self, ours: dict[int, str]) -> dict[str, int]:
        theirs = self.file.get("languages")
        if not isinstance(theirs, dict):
            return {str(id_): id_ for id_ in ours}
        by_locale = {locale: id_ for id_, locale in ours.items()}
        return {
            str(there): by_locale[locale] for there, locale in theirs.items() if locale in by_locale
        }

    # -- the report

    def _check_number(self, kind: str, wanted: Iterable[str]) -> None:
        if len(list(wanted)) > MAX_MADE:
            raise Invalid("flow", f"names more than {MAX_MADE} things of the kind {kind}")

    def _report(self, kind: str, wanted: Iterable[str], known: Iterable[str]) -> None:
        there = set(known)
        for name in wanted:
            (self.reused if name in there else self.made).append(Thing(kind, name))

    def _reuse(self, kind: str, name: str) -> None:
        thing = Thing(kind, name)
        if thing not in self.reused and thing not in self.made:
            self.reused.append(thing)

    def _point(self, needs: Sequence[Reference], ids: dict[str, str | None]) -> None:
        for ref in needs:
            here = ids.get(ref.name)
            if here is not None:
                ref.point_to(here)
            else:
                self._lost[Thing(ref.kind, ref.name or ref.ref)] = None


def _inline(ref: Reference) -> Json | None:
    """The message as the flow itself holds it."""
    text = ref.holder.get("text")
    try:
        content = json.loads(text) if isinstance(text, str) else text
    except ValueError:
        return None
    if not isinstance(content, dict) or content.get("type") not in TYPES or not ref.name.strip():
        return None
    return {"label": ref.name, "interactive_content": content}


def _of(needs: Iterable[Reference], kind: str) -> list[Reference]:
    return [ref for ref in needs if ref.kind == kind]


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: object) -> list[Json]:
    return [item for item in _list(value) if isinstance(item, dict)]


def _dict(value: object) -> Json:
    return value if isinstance(value, dict) else {}
