"""Staff in front of the flow editor: the application, somebody logged in, a flow to draw on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from app.core.services import Services
from app.core.uow import unit_of_work
from app.domain.flow_definitions.service import create_flow
from app.models import Flow, Organization
from tests.graphql.conftest import app, http, staff_client
from tests.runner.drawing import Json

__all__ = ["app", "http", "staff_client"]

Draw = Callable[..., Awaitable[Flow]]


@pytest.fixture
def draw(services: Services, org: Organization) -> Draw:
    """`await draw(definition)` is a flow of the organization, as a draft."""

    async def make(definition: Json, *keywords: str, **more: Any) -> Flow:
        organization: Organization = more.pop("organization", org)
        async with unit_of_work(services, org_id=organization.id or 0) as ctx:
            patch = {"name": definition["name"], "uuid": definition["uuid"], **more}
            return await create_flow(ctx, patch | {"keywords": list(keywords)}, definition)

    return make
