"""What is sent and answered, as the OpenAPI document has it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

#: Characters of one message; the stanza around it must stay under the gateway's limit.
MAX_BODY = 60_000
Text = Annotated[str, StringConstraints(min_length=1, max_length=MAX_BODY)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=3071)]
Option = Annotated[str, StringConstraints(max_length=4096)]


class NewMessage(BaseModel):
    """A message to one address."""

    to: Address
    body: Text


class Id(BaseModel):
    """What was made."""

    id: str


class Msg(BaseModel):
    """A message between two addresses; `timestamp` is in milliseconds."""

    to: str
    from_: str = Field(serialization_alias="from")
    id: str
    body: str
    timestamp: int
    thread: str | None = None
    parent: str | None = None
    #: Smack's stanza properties, every value as text.
    properties: dict[str, str] | None = None


class ChatMarker(BaseModel):
    """XEP-0333: how far somebody has read."""

    type: Literal["received", "displayed", "acknowledged"]
    id: Annotated[str, StringConstraints(min_length=1, max_length=256)]


class NewRoomMessage(BaseModel):
    """Text, a marker, or both; `markable` asks for markers."""

    body: Text | None = None
    markable: bool = False
    chat_marker: ChatMarker | None = None


class RoomMsg(BaseModel):
    """What was said in a room, or who came and went; `timestamp` is in milliseconds."""

    type: Literal["message", "affiliation"]
    id: str
    from_: str = Field(serialization_alias="from")
    timestamp: int
    body: str | None = None
    markable: bool | None = None
    chat_marker: ChatMarker | None = None
    user: str | None = None
    affiliation: str | None = None


class RoomSettings(BaseModel):
    """A room's name and subject."""

    name: Option
    subject: Option


class RoomShort(BaseModel):
    """A room of the caller's."""

    id: str
    name: str
    subject: str


class Participant(BaseModel):
    """Somebody in a room."""

    user: str
    role: Literal["owner", "member"]


class RoomDetails(BaseModel):
    """A room and who is in it."""

    name: str
    subject: str
    participants: list[Participant]


class NewUser(BaseModel):
    """Who is added to a room."""

    user: Address


class Contact(BaseModel):
    """An entry of the roster."""

    jid: str
    subscription: Literal["none", "to", "from", "both"]
    ask: Literal["none", "in", "out", "both"]


class NewContact(BaseModel):
    """Whom to put into the roster."""

    jid: Address


class ContactAction(BaseModel):
    """Ask for somebody's presence, or let him see one's own."""

    action: Literal["invite", "accept"]


class Removals(BaseModel):
    """Whom to take out of the roster."""

    to_delete: Annotated[list[Address], Field(max_length=100)]


class NotRemoved(BaseModel):
    """Who was not in it."""

    not_deleted: list[str]


#: Which sentence refuses a field that is missing, and one that holds what it may not.
SENTENCES = {
    "to": ("Missing recipient JID", "Invalid recipient JID"),
    "body": ("Missing message body", "Invalid message body"),
    "name": ("Missing room name", "Invalid room name"),
    "subject": ("Missing room subject", "Invalid room subject"),
    "user": ("Missing user JID", "Invalid user JID"),
    "jid": ("Missing JID", "Invalid JID"),
    "action": ("Missing action", "Invalid action"),
    "to_delete": ("Missing contacts to delete", "Invalid contacts to delete"),
    "limit": ("Missing limit", "Invalid limit"),
    "before": ("Missing before", "Invalid value of before"),
    "chat_marker": ("Missing chat marker", "Invalid chat marker"),
    "markable": ("Missing markable", "Invalid markable"),
}
