"""Shared roster groups: people who have each other in their rosters without asking."""

from __future__ import annotations

from sqlalchemy import UniqueConstraint

from app.core.table import OrgTable, json_list


class ChatSharedGroup(OrgTable, table=True):
    """A group of a domain. Its members see the members of each displayed group, under its label."""

    __tablename__ = "chat_shared_groups"
    __table_args__ = (UniqueConstraint("domain", "name", name="uq_chat_shared_groups_name"),)

    domain: str
    name: str
    label: str = ""
    description: str = ""
    #: Bare addresses, in order. `@all@` stands for every account of the domain.
    members: list[str] = json_list()
    #: Names of groups of the same domain.
    displayed: list[str] = json_list()
