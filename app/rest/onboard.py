"""`/api/v1/onboard/setup`: an NGO asks for an organization of its own."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

from app.domain.organizations.onboard import Onboarded, set_up
from app.rest.endpoint import Call
from app.rest.forms import read_body
from app.web import limits


async def setup(call: Call) -> Response:
    """`is_valid`, and either what was made or `messages` by member."""
    limit = call.services.config.onboard_per_minute
    if refused := await limits.refusal(call.services, "onboard", limit):
        return refused
    body = await read_body(call.request)
    async with call.unit_of_work() as ctx:
        made = await set_up(ctx, body)
    return Response(orjson.dumps(_shown(made)), media_type="application/json")


def _shown(made: Onboarded) -> dict[str, Any]:
    organization, contact = made.organization, made.contact
    if organization is None or contact is None:
        return {"is_valid": False, "messages": made.messages}
    return {
        "is_valid": True,
        "messages": [],
        "organization": {
            "id": str(organization.id),
            "name": organization.name,
            "shortcode": organization.shortcode,
            "email": organization.email,
            "is_active": organization.is_active,
            "is_approved": organization.is_approved,
        },
        "contact": {"id": str(contact.id), "name": contact.name, "phone": contact.phone},
        "credential": "The chat server of this installation needs no credential",
    }
