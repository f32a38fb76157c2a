"""Who is connected: the sessions of this node, and a copy of what other nodes announced.

Routing reads memory only. The copy follows the directory (`directory.py`) and may be a
moment late; a stanza for a resource that has just gone is answered as if it had never been.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from app.protocol.jid import Jid
from app.xmpp.session import Session


@dataclass(frozen=True, slots=True)
class RemoteSession:
    """A session of another node. A priority of None is one without presence."""

    node: str
    jid: Jid
    priority: int | None
    #: Whose it is, for whoever has to take leave in its name.
    org_id: int = 0
    account_id: int = 0


class SessionRegistry:
    """The sessions of this node and what is known of others'. One writer: the event loop."""

    def __init__(self) -> None:
        self._by_bare: dict[Jid, dict[str, Session]] = {}
        self._by_account: dict[int, set[Session]] = {}
        self._remote: dict[Jid, dict[str, RemoteSession]] = {}
        #: How many sessions each other node has.
        self._per_node: Counter[str] = Counter()
        self._count = 0

    def add(self, session: Session) -> None:
        """The session is listed. Its resource is free: see `find` and the conflict rule in bind."""
        self._by_bare.setdefault(session.jid.bare, {})[session.jid.resource] = session
        self._by_account.setdefault(session.account_id, set()).add(session)
        self._count += 1

    def remove(self, session: Session) -> bool:
        """The session is no longer listed. False: it was not, or another took its resource."""
        bare = session.jid.bare
        resources = self._by_bare.get(bare, {})
        if resources.get(session.jid.resource) is not session:
            return False
        del resources[session.jid.resource]
        if not resources:
            del self._by_bare[bare]
        siblings = self._by_account[session.account_id]
        siblings.discard(session)
        if not siblings:
            del self._by_account[session.account_id]
        self._count -= 1
        return True

    def online(self, bare: Jid) -> list[Session]:
        """Every bound session of the account on this node, available or not."""
        return list(self._by_bare.get(bare, {}).values())

    def available(self, bare: Jid) -> list[Session]:
        """The sessions of the account on this node that have sent presence."""
        return [
            session
            for session in self._by_bare.get(bare, {}).values()
            if session.presence is not None
        ]

    def find(self, full: Jid) -> Session | None:
        """The session on this node with exactly this address."""
        return self._by_bare.get(full.bare, {}).get(full.resource)

    def of_account(self, account_id: int) -> list[Session]:
        """Every bound session of the account on this node, by the account's id."""
        return list(self._by_account.get(account_id, ()))

    def is_online_anywhere(self, bare: Jid) -> bool:
        """Whether any node has an available session of the account."""
        return bool(self.available(bare)) or any(
            remote.priority is not None for remote in self.remote(bare)
        )

    def remote(self, bare: Jid) -> list[RemoteSession]:
        """The account's sessions on other nodes."""
        return list(self._remote.get(bare, {}).values())

    def find_remote(self, full: Jid) -> RemoteSession | None:
        """The session of another node with exactly this address."""
        return self._remote.get(full.bare, {}).get(full.resource)

    def learn(self, remote: RemoteSession) -> None:
        """Another node announced a session."""
        resources = self._remote.setdefault(remote.jid.bare, {})
        known = resources.get(remote.jid.resource)
        if known is not None:
            self._uncount(known.node)
        resources[remote.jid.resource] = remote
        self._per_node[remote.node] += 1

    def forget(self, full: Jid, node: str) -> None:
        """Another node announced the end of a session."""
        resources = self._remote.get(full.bare, {})
        known = resources.get(full.resource)
        if known is None or known.node != node:
            return
        del resources[full.resource]
        self._uncount(node)
        if not resources:
            del self._remote[full.bare]

    def forget_node(self, node: str) -> list[RemoteSession]:
        """Another node is gone with all its sessions, which are given."""
        gone = self.of_node(node)
        for remote in gone:
            self.forget(remote.jid, node)
        return gone

    def of_node(self, node: str) -> list[RemoteSession]:
        """What is known of another node's sessions."""
        return [
            remote
            for resources in self._remote.values()
            for remote in resources.values()
            if remote.node == node
        ]

    def remote_nodes(self) -> set[str]:
        """The nodes of which sessions are known."""
        return set(self._per_node)

    def _uncount(self, node: str) -> None:
        self._per_node[node] -= 1
        if not self._per_node[node]:
            del self._per_node[node]

    def __iter__(self) -> Iterator[Session]:
        return iter(
            [session for resources in self._by_bare.values() for session in resources.values()]
        )

    def __len__(self) -> int:
        return self._count
