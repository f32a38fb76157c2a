"""What verbs of this area take and give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.models import FlowRevision, User

#: Fields of a flow that staff may set.
SETTABLE = (
    "name",
    "keywords",
    "description",
    "ignore_keywords",
    "is_active",
    "is_background",
    "is_pinned",
    "is_template",
    "respond_other",
    "respond_no_response",
    "skip_validation",
    "tag_id",
)


@dataclass(frozen=True, slots=True)
class FlowFilter:
    """Which flows; None means that it does not matter."""

    name: str | None = None
    name_or_keyword: str | None = None
    name_or_keyword_or_tags: str | None = None
    keyword: str | None = None
    uuid: str | None = None
    is_active: bool | None = None
    is_background: bool | None = None
    is_pinned: bool | None = None
    is_template: bool | None = None
    status: str | None = None
    tag_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that publishing found: `category` is Critical or Warning."""

    key: str
    message: str
    category: str
    code: str = ""
    node_uuid: str | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """A revision and who saved it; nobody for what the product or a user who is gone made."""

    revision: FlowRevision
    user: User | None

    @property
    def author(self) -> str:
        """A name for people to read."""
        return self.user.name if self.user else "Samvad"


@dataclass(frozen=True, slots=True)
class Published:
    """Whether new sessions run the newest revision now, and what was found."""

    is_published: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one flow of an import file. `uuid` is its own here."""

    flow_name: str
    status: str
    uuid: str = ""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that flows name: flow, group, label, field, template or interactive."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import has done. `notes` are sentences for the person who imported."""

    flows: tuple[Imported, ...]
    made: tuple[Thing, ...]
    reused: tuple[Thing, ...]
    notes: tuple[str, ...]


#: Patch of a flow: field -> value; what is not named stays.
FlowPatch = dict[str, Any]
