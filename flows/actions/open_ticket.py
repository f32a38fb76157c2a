"""open_ticket: a question for staff; the contact has one at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from flows.actions.base import Action, Outcome, Ref, action, template_of, text_of
from flows.contact import Ticket
from flows.directory import Topic, User
from flows.events.outside import TicketNoteAdded, TicketOpened
from flows.expressions.template import Template
from flows.step import Step
from flows.values import Json

#: The local that says which ticket was opened, "" for none (spec 14.3).
LOCAL = "_new_ticket"


@dataclass(frozen=True)
class OpenTicket(Action):
    """Ends in Success or Failure. Topics may be named (Glific), assignees evaluated to an address."""

    type: ClassVar[str] = "open_ticket"

    topic_uuid: str
    topic_name: str
    assignee_uuid: str
    assignee_name: str
    assignee_email: Template
    subject: Template
    note: Template
    result_name: str

    def run(self, step: Step) -> Outcome:
        ticket = self._open(step)
        step.set_local(LOCAL, ticket.uuid if ticket else "")
        step.scene.outcome = "Success" if ticket else "Failure"
        if self.result_name:
            value = ticket.uuid if ticket else ""
            step.save_result(self.result_name, value, step.scene.outcome, "")
        return None

    def _open(self, step: Step) -> Ticket | None:
        if step.scene.state.trigger.get("batch"):
            step.error("", "no tickets are opened in sessions that were started with many others")
            return None
        topic = self._topic(step)
        if topic is None:
            return None
        note, _ = step.text(self.note)
        subject, _ = step.text(self.subject)
        assignee = self._assignee(step)
        if any(ticket.status == "open" for ticket in step.contact.tickets):
            return None
        who = (assignee.uuid, assignee.name) if assignee else None
        ticket = Ticket(step.env.new_uuid(), (topic.uuid, topic.name), who)
        contact = replace(step.contact, tickets=(*step.contact.tickets, ticket))
        step.scene.contact = contact
        step.emit(
            TicketOpened,
            ticket_uuid=ticket.uuid,
            topic=ticket.topic,
            assignee=who,
            subject=subject,
        )
        if note:
            step.emit(TicketNoteAdded, ticket_uuid=ticket.uuid, note=note)
        step.regroup()
        return ticket

    def _topic(self, step: Step) -> Topic | None:
        directory = step.env.directory
        if not (self.topic_uuid or self.topic_name):
            return directory.default_topic()
        found = directory.topic(self.topic_uuid) if self.topic_uuid else None
        if found is None and self.topic_name and not step.is_goflow:
            # Glific knows topics by name alone, and makes those that are new
            found = directory.topic(self.topic_name) or Topic("", self.topic_name)
        if found is None:
            step.missing("topic", self.topic_uuid, self.topic_name)
        return found

    def _assignee(self, step: Step) -> User | None:
        directory = step.env.directory
        if self.assignee_uuid:
            found = directory.user(self.assignee_uuid)
            if found is None and step.is_goflow:
                step.missing("user", self.assignee_uuid, self.assignee_name)
            # Glific writes the number of the user, whom only the host knows
            return found or (
                None if step.is_goflow else User(self.assignee_uuid, self.assignee_name)
            )
        if not self.assignee_email.source:
            return None
        email = step.exact(self.assignee_email)
        found = directory.user(email) if email else None
        if email is not None and found is None:
            step.error("user:missing", f"nobody here has the address '{email}'", email=email)
        return found

    def refs(self) -> tuple[Ref, ...]:
        topic = (Ref("topic", self.topic_uuid, self.topic_name),) if self.topic_uuid else ()
        user = (Ref("user", self.assignee_uuid, self.assignee_name),) if self.assignee_uuid else ()
        return topic + user

    def results(self) -> tuple[str, ...]:
        return (self.result_name,) if self.result_name else ()


@action("open_ticket")
def read(data: Mapping[str, Json]) -> Action:
    topic, assignee = data.get("topic"), data.get("assignee")
    topic = topic if isinstance(topic, dict) else {}
    assignee = assignee if isinstance(assignee, dict) else {}
    return OpenTicket(
        uuid=text_of(data, "uuid"),
        topic_uuid=text_of(topic, "uuid"),
        topic_name=text_of(topic, "name"),
        assignee_uuid=text_of(assignee, "uuid"),
        assignee_name=text_of(assignee, "name"),
        assignee_email=template_of(
            assignee, "email_match" if "email_match" in assignee else "email"
        ),
        subject=template_of(data, "subject"),
        note=template_of(data, "note" if "note" in data else "body"),
        result_name=text_of(data, "result_name"),
    )
