"""Every table, one subject a file. Importing this package fills `metadata`."""

from __future__ import annotations

from sqlmodel import SQLModel

from app.models import chat
from app.models.broadcast import Broadcast, BroadcastContact
from app.models.contact import Contact, ContactHistory, ContactsField, Location
from app.models.credential import Credential
from app.models.flow import Flow, FlowCount, FlowLabel, FlowResult, FlowRevision
from app.models.flow_session import ContactFire, ContactInbox, FlowEffect, FlowSession
from app.models.flow_trace import FlowTest, FlowTrace
from app.models.group import ContactGroup, Group, MessageGroup, UserGroup
from app.models.interactive import InteractiveTemplate
from app.models.language import Language
from app.models.login import LoginCode, LoginToken
from app.models.message import Message, MessageMedia
from app.models.message_change import MessageReaction, MessageRevision
from app.models.notification import Notification, UserJob
from app.models.organization import Organization
from app.models.profile import ContactProfile
from app.models.search import SavedSearch
from app.models.tag import ContactTag, MessageTag, Tag
from app.models.template import SessionTemplate
from app.models.ticket import Ticket
from app.models.user import User
from app.models.webhook_log import WebhookLog

metadata = SQLModel.metadata

__all__ = [
    "Broadcast",
    "BroadcastContact",
    "Contact",
    "ContactFire",
    "ContactGroup",
    "ContactHistory",
    "ContactInbox",
    "ContactProfile",
    "ContactTag",
    "ContactsField",
    "Credential",
    "Flow",
    "FlowCount",
    "FlowEffect",
    "FlowLabel",
    "FlowResult",
    "FlowRevision",
    "FlowSession",
    "FlowTest",
    "FlowTrace",
    "Group",
    "InteractiveTemplate",
    "Language",
    "Location",
    "LoginCode",
    "LoginToken",
    "Message",
    "MessageGroup",
    "MessageMedia",
    "MessageReaction",
    "MessageRevision",
    "MessageTag",
    "Notification",
    "Organization",
    "SavedSearch",
    "SessionTemplate",
    "Tag",
    "Ticket",
    "User",
    "UserGroup",
    "UserJob",
    "WebhookLog",
    "chat",
    "metadata",
]
