"""Nodes of accounts and what is published there (XEP-0060 as XEP-0163 profiles it)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import distinct_on, insert
from sqlmodel import col

from app.core.context import Ctx
from app.core.errors import AppError, Conflict, Invalid, NotFound, TooMany
from app.core.repository import Repository
from app.models.chat import ChatAccount, ChatPubsubItem, ChatPubsubNode

MAX_NODES: Final = 200
#: What `max` means as a number of items (XEP-0060 16.4.4).
MAX_ITEMS: Final = 1000
MAX_NAME: Final = 1000
MAX_WHITELIST: Final = 1000
ACCESS: Final = frozenset({"open", "presence", "whitelist"})
SEND_LAST: Final = frozenset({"never", "on_sub", "on_sub_and_presence"})


class PreconditionNotMet(Conflict):
    """The node is not as the publisher demands (XEP-0060 7.1.5)."""

    code = "precondition_not_met"


class Forbidden(AppError):
    """The node is not for the caller; `condition` follows from its access model (6.5.9)."""

    code, http, condition = "forbidden", 403, "not-authorized"


class Closed(Forbidden):
    """The node has a whitelist, and the caller is not on it."""

    condition = "not-allowed"


@dataclass(frozen=True, slots=True)
class Config:
    """What may be chosen of a node (XEP-0060 8.2)."""

    access: str = "presence"
    max_items: int = 1
    is_persistent: bool = True
    send_last: str = "on_sub_and_presence"
    is_notified_of_retract: bool = True
    title: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """What is published. `payload` is XML, "" for none."""

    id: str
    payload: str
    publisher: str


@dataclass(frozen=True, slots=True)
class Last:
    """The newest item of a node, for somebody who came online."""

    account: str
    node: str
    access: str
    whitelist: frozenset[str]
    item: Item


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks: a bare address, whether it is the owner, and whether it has the owner's presence."""

    jid: str
    is_owner: bool = False
    has_presence: bool = False


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did: the node as it is, and whether it was made for it."""

    node: ChatPubsubNode
    item: Item
    is_new: bool = field(default=False)


class NodeRepository(Repository[ChatPubsubNode]):
    """Nodes by account and name."""

    model = ChatPubsubNode
    resource = "Chat.PubsubNode"

    async def of_account(self, account_id: int) -> Sequence[ChatPubsubNode]:
        """Every node of an account, by name."""
        statement = self.query().where(col(ChatPubsubNode.account_id) == account_id)
        return (await self.ctx.session.scalars(statement.order_by(col(ChatPubsubNode.name)))).all()

    async def one(self, account_id: int, name: str) -> ChatPubsubNode | None:
        """The node of that name."""
        statement = self.query().where(
            col(ChatPubsubNode.account_id) == account_id, col(ChatPubsubNode.name) == name
        )
        return (await self.ctx.session.scalars(statement)).one_or_none()


class ItemRepository(Repository[ChatPubsubItem]):
    """Items by node."""

    model = ChatPubsubItem
    resource = "Chat.PubsubItem"

    async def newest(
        self, node_id: int, limit: int, ids: Sequence[str] = ()
    ) -> Sequence[ChatPubsubItem]:
        """The newest items, newest first; of these ids only, when there are any."""
        statement = self.query().where(col(ChatPubsubItem.node_id) == node_id)
        if ids:
            statement = statement.where(col(ChatPubsubItem.item_id).in_(ids))
        ordered = statement.order_by(col(ChatPubsubItem.id).desc()).limit(limit)
        return (await self.ctx.session.scalars(ordered)).all()

    async def remove(self, node_id: int, ids: Sequence[str] | None = None) -> int:
        """How many went: those of these ids, or all."""
        statement = delete(ChatPubsubItem).where(col(ChatPubsubItem.node_id) == node_id)
        if ids is not None:
            statement = statement.where(col(ChatPubsubItem.item_id).in_(ids))
        result: Any = await self.ctx.session.execute(statement)
        return int(result.rowcount)

    async def trim(self, node_id: int, keep: int) -> None:
        """Only the newest `keep` items stay."""
        oldest_kept = (
            select(col(ChatPubsubItem.id))
            .where(col(ChatPubsubItem.node_id) == node_id)
            .order_by(col(ChatPubsubItem.id).desc())
            .offset(keep)
            .limit(1)
            .scalar_subquery()
        )
        await self.ctx.session.execute(
            delete(ChatPubsubItem).where(
                col(ChatPubsubItem.node_id) == node_id, col(ChatPubsubItem.id) <= oldest_kept
            )
        )


def config_of(node: ChatPubsubNode) -> Config:
    """What the node's owner chose."""
    return Config(
        node.access,
        node.max_items,
        node.is_persistent,
        node.send_last,
        node.is_notified_of_retract,
        node.title,
    )


async def list_nodes(ctx: Ctx, account_id: int, reader: Reader) -> list[ChatPubsubNode]:
    """The nodes that the reader may see, by name."""
    nodes = await NodeRepository(ctx).of_account(account_id)
    return [node for node in nodes if may_read(node.access, node.whitelist, reader)]


async def get_node(ctx: Ctx, account_id: int, name: str) -> ChatPubsubNode:
    """The node. Raises NotFound."""
    node = await NodeRepository(ctx).one(account_id, name)
    if node is None:
        raise NotFound(f"There is no node {name}.")
    return node


async def create_node(ctx: Ctx, account_id: int, name: str, config: Config) -> ChatPubsubNode:
    """The node, made. Raises Conflict, TooMany, Invalid."""
    repository = NodeRepository(ctx)
    nodes = await repository.of_account(account_id)
    if any(node.name == name for node in nodes):
        raise Conflict(f"There is a node {name} already.")
    if len(nodes) >= MAX_NODES:
        raise TooMany(f"An account has at most {MAX_NODES} nodes.")
    if not name or len(name) > MAX_NAME:
        raise Invalid("node", f"has 1 to {MAX_NAME} characters")
    node = ChatPubsubNode(organization_id=ctx.org_id, account_id=account_id, name=name)
    _configure(node, config)
    return await repository.add(node)


async def configure_node(ctx: Ctx, node: ChatPubsubNode, config: Config) -> None:
    """The node is as `config` says, and no longer than that. Raises Invalid."""
    _configure(node, config)
    await ctx.session.flush()
    await ItemRepository(ctx).trim(node.id, node.max_items)


async def delete_node(ctx: Ctx, account_id: int, name: str) -> ChatPubsubNode:
    """The node is gone with its items; gives what it was. Raises NotFound."""
    node = await get_node(ctx, account_id, name)
    await NodeRepository(ctx).delete(node)
    return node


async def purge_node(ctx: Ctx, account_id: int, name: str) -> ChatPubsubNode:
    """The node has no items. Raises NotFound."""
    node = await get_node(ctx, account_id, name)
    await ItemRepository(ctx).remove(node.id)
    return node


async def set_whitelist(ctx: Ctx, account_id: int, name: str, changes: dict[str, bool]) -> None:
    """These addresses may read the node, or no longer. Raises NotFound, TooMany."""
    node = await get_node(ctx, account_id, name)
    listed = {*node.whitelist, *(jid for jid, may in changes.items() if may)}
    listed -= {jid for jid, may in changes.items() if not may}
    if len(listed) > MAX_WHITELIST:
        raise TooMany(f"At most {MAX_WHITELIST} addresses may read a node.")
    node.whitelist = sorted(listed)


async def publish(
    ctx: Ctx, account_id: int, name: str, item: Item, wanted: Config, demanded: Iterable[str]
) -> Published:
    """7.1: the item is the newest of the node, which is made as `wanted` if it is not there.

    Of a node that is there the fields of `Config` in `demanded` must be as wanted.
    Raises PreconditionNotMet, TooMany, Invalid.
    """
    node = await NodeRepository(ctx).one(account_id, name)
    is_new = node is None
    if node is None:
        node = await create_node(ctx, account_id, name, wanted)
    had = config_of(node)
    for option in demanded:
        if getattr(had, option) != getattr(wanted, option):
            raise PreconditionNotMet(f"The node's {option} is another.")
    if node.is_persistent:
        await _store(ctx, node, item)
    return Published(node, item, is_new)


async def _store(ctx: Ctx, node: ChatPubsubNode, item: Item) -> None:
    items, now = ItemRepository(ctx), ctx.clock.now()
    await items.remove(node.id, [item.id])
    values = {
        "organization_id": ctx.org_id,
        "node_id": node.id,
        "item_id": item.id,
        "publisher": item.publisher,
        "published_at": now,
        "payload": item.payload,
        "inserted_at": now,
        "updated_at": now,
    }
    await ctx.session.execute(insert(ChatPubsubItem).values(values).on_conflict_do_nothing())
    await items.trim(node.id, node.max_items)


async def retract(ctx: Ctx, account_id: int, name: str, item_id: str) -> ChatPubsubNode:
    """7.2: the item is gone; gives its node. Raises NotFound."""
    node = await get_node(ctx, account_id, name)
    if not await ItemRepository(ctx).remove(node.id, [item_id]):
        raise NotFound(f"The node has no item {item_id}.")
    return node


async def items_of(
    ctx: Ctx, account_id: int, name: str, reader: Reader, limit: int, ids: Sequence[str] = ()
) -> list[Item]:
    """6.5: the newest items that the reader may have, oldest first. Raises NotFound, Forbidden."""
    node = await get_node(ctx, account_id, name)
    if not may_read(node.access, node.whitelist, reader):
        raise Closed("whitelist") if node.access == "whitelist" else Forbidden("presence")
    rows = await ItemRepository(ctx).newest(node.id, min(limit, node.max_items), ids)
    return [Item(row.item_id, row.payload, row.publisher) for row in reversed(rows)]


def may_read(access: str, whitelist: Iterable[str], reader: Reader) -> bool:
    """4.5: whom the access model admits; the owner always."""
    if reader.is_owner or access == "open":
        return True
    return reader.has_presence if access == "presence" else reader.jid in whitelist


async def last_items(ctx: Ctx, accounts: Sequence[str], names: Sequence[str]) -> list[Last]:
    """XEP-0163 4.3.4: the newest item of each of these nodes of these accounts, in one query."""
    node, item, account = ChatPubsubNode, ChatPubsubItem, ChatAccount
    address = col(account.username) + "@" + col(account.domain)
    statement = (
        select(address, node, item)
        .join(node, col(node.account_id) == col(account.id))
        .join(item, col(item.node_id) == col(node.id))
        .where(
            col(account.organization_id) == ctx.org_id,
            address.in_(accounts),
            col(node.name).in_(names),
            col(node.send_last) == "on_sub_and_presence",
        )
        .order_by(col(node.id), col(item.id).desc())
        .ext(distinct_on(col(node.id)))
        .limit(MAX_ITEMS)
    )
    rows = await ctx.session.execute(statement)
    return [
        Last(
            jid,
            node.name,
            node.access,
            frozenset(node.whitelist),
            Item(item.item_id, item.payload, item.publisher),
        )
        for jid, node, item in rows
    ]


def _configure(node: ChatPubsubNode, config: Config) -> None:
    if config.access not in ACCESS:
        raise Invalid("access_model", "is open, presence or whitelist")
    if config.send_last not in SEND_LAST:
        raise Invalid("send_last_published_item", "is never, on_sub or on_sub_and_presence")
    node.access, node.send_last = config.access, config.send_last
    node.max_items = max(1, min(config.max_items, MAX_ITEMS))
    node.is_persistent = config.is_persistent
    node.is_notified_of_retract = config.is_notified_of_retract
    node.title = config.title[:MAX_NAME]
