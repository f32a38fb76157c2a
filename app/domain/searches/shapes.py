"""What a search asks for, and what it finds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from app.core.repository import as_id, snake
from app.models import Contact, Group, Message

#: Messages of one conversation, however many are asked for.
MAX_MESSAGES = 250
#: Messages of all conversations of one answer: to write 15,000 took web 18 s, 7 of them at a stretch.
MAX_MESSAGES_IN_ALL = 2_500


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which conversations. What is empty asks for nothing."""

    ids: tuple[int, ...] = ()
    term: str = ""
    #: Unread, Not replied, Not Responded, Optin, Optout
    status: str = ""
    include_tags: tuple[int, ...] = ()
    include_labels: tuple[int, ...] = ()
    include_groups: tuple[int, ...] = ()
    include_users: tuple[int, ...] = ()
    date_from: date | None = None
    #: That day included.
    date_to: date | None = None
    #: Conversations with groups instead of contacts.
    search_group: bool = False
    group_label: str = ""
    saved_search_id: int | None = None

    @property
    def days(self) -> tuple[date | None, date | None]:
        """The range in order, whichever way round it was given."""
        if self.date_from and self.date_to and self.date_from > self.date_to:
            return self.date_to, self.date_from
        return self.date_from, self.date_to


@dataclass(frozen=True, slots=True)
class Window:
    """Which messages of a conversation: the newest `limit`.

    For a single contact `offset` is the number of the oldest one wanted; otherwise so many of the
    newest are passed over.
    """

    limit: int = 25
    offset: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "limit", max(0, min(self.limit, MAX_MESSAGES)))
        object.__setattr__(self, "offset", max(0, self.offset))

    def among(self, conversations: int) -> Window:
        """The window of each of so many, which share MAX_MESSAGES_IN_ALL.

        >>> Window(250).among(1).limit, Window(250).among(100).limit, Window(20).among(100).limit
        (250, 25, 20)
        """
        return replace(self, limit=min(self.limit, MAX_MESSAGES_IN_ALL // max(1, conversations)))


@dataclass(frozen=True, slots=True)
class Conversation:
    """A contact or a group, and messages of it, newest first."""

    contact: Contact | None
    group: Group | None
    messages: Sequence[Message]


@dataclass(frozen=True, slots=True)
class Found:
    """What one term is found in. `contacts` come with their newest message, if any."""

    contacts: Sequence[tuple[Contact, Message | None]]
    messages: Sequence[Message]
    labels: Sequence[Message]
    tags: Sequence[Message]


#: Keys of stored arguments that carry another name here.
_RENAMED = {"save_search_id": "saved_search_id", "saved_search_i_d": "saved_search_id"}
_LISTS = {"ids", "include_tags", "include_labels", "include_groups", "include_users"}


def filter_of(args: Mapping[str, Any]) -> SearchFilter:
    """The filter that the `args` of a saved search hold.

    Anybody may have stored anything: what cannot be read is left out.
    """
    inner = args.get("filter")
    given = {**(inner if isinstance(inner, Mapping) else {})}
    if "term" in args and "term" not in given:
        given["term"] = args["term"]
    names = {field.name for field in fields(SearchFilter)}
    values: dict[str, Any] = {}
    for key, value in given.items():
        name = _RENAMED.get(snake(key), snake(key))
        if name in _LISTS:
            values[name] = _ids(value)
        elif name in ("term", "status", "group_label"):
            values[name] = str(value or "")
        elif name == "search_group":
            values[name] = bool(value)
        elif name == "id" and as_id(value):
            values["ids"] = _ids([value])
        elif name == "date_range" and isinstance(value, Mapping):
            values["date_from"] = _day(value.get("from"))
            values["date_to"] = _day(value.get("to"))
    return SearchFilter(**{name: value for name, value in values.items() if name in names})


def with_term(wanted: SearchFilter, term: str | None) -> SearchFilter:
    """`wanted`, looking for `term` instead of its own where one is given."""
    return replace(wanted, term=term) if term else wanted


def _ids(value: object) -> tuple[int, ...]:
    if not isinstance(value, list | tuple):
        return ()
    return tuple(number for one in value if (number := as_id(_plain(one))) is not None)


def _plain(value: object) -> int | str | None:
    return value if isinstance(value, int | str) else None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10]) if value else None
    except ValueError:
        return None
