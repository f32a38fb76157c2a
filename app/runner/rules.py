"""The organization's rules for incoming messages, read from its row and its flows."""

from __future__ import annotations

from app.domain.flow_definitions.assets import DbAssets
from app.domain.flow_definitions.keywords import clean
from app.runner.periods import periodic_flows
from app.runner.routing import Rules, read_office, read_pattern


def rules_of(assets: DbAssets) -> Rules:
    """What the organization has set up; flows that are off or were never published do not count."""
    org = assets.org
    heads = tuple(assets.heads.values())
    live = [head for head in heads if head.is_active and head.revision_id is not None]
    by_id = {head.id: head.uuid for head in live}
    keywords = {clean(word): head.uuid for head in live for word in head.keywords}
    regx = org.regx_flow or {}
    flow_id = str(regx.get("flow_id") or regx.get("flowId") or "")
    setting = org.setting or {}
    return Rules(
        keywords=keywords,
        draft_keywords={clean(word): head.uuid for head in heads for word in head.keywords},
        template_flows={head.name.lower(): head.uuid for head in heads if head.is_template},
        periodic=periodic_flows(keywords),
        timezone=org.timezone,
        optin_flow=by_id.get(org.optin_flow_id or 0) or keywords.get("optin"),
        newcontact_flow=by_id.get(org.newcontact_flow_id or 0),
        regx=read_pattern(str(regx.get("regx") or ""), str(regx.get("regx_opt") or "")),
        regx_flow=by_id.get(int(flow_id)) if flow_id.isdigit() else None,
        office=read_office(
            org.out_of_office or {},
            org.timezone,
            by_id,
            every_time=bool(setting.get("run_flow_each_time")),
        ),
    )
