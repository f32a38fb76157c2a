"""Why a session ended, in words that staff read."""

from __future__ import annotations

from collections.abc import Mapping

#: What started the flow that interrupted another one.
_STARTS: Mapping[str, str] = {
    "keyword": "the person sent its keyword",
    "optin": "the person wrote again after opting out",
    "new_contact": "the person is new",
    "regx": "the message fits the organization's pattern",
    "office": "of the office hours",
    "periodic": "it is the turn of a flow of the day, week or month",
    "new_flow": "staff, a group or another flow started it",
}

_REASONS: Mapping[str, str] = {
    "api_terminate": "ended by staff",
    "optout": "the person opted out",
    "flow_inactive": "the flow was switched off",
    "expired": "nobody answered in time",
    "flow_missing": "a flow that it enters is not there any more",
    "missing_node": "the node where the person waited is not there any more",
    "no_route": "a router had no way for the answer",
    "step_limit": "it took too many steps at once",
    "visit_limit": "it went round in a loop",
    "message_limit": "it sent too many messages without an answer",
    "effect_limit": "it made too many calls without an answer",
    "run_limit": "too many flows had entered one another",
    "sprint_limit": "it had gone on too often",
    "ancestor_limit": "too many flows had started one another",
    "state_unreadable": "its stored state cannot be read",
    "internal_error": "an internal error, see the notifications",
}


def reason_text(status: str, reason: str | None, by: str = "") -> str:
    """Why a session with that status ended; "" when it came to its end.

    `by` is the name of the flow that took its place.

    >>> reason_text("interrupted", "keyword", by="Help")
    'interrupted by the flow "Help": the person sent its keyword'
    """
    if status in ("completed", "waiting"):
        return ""
    if status == "interrupted" and reason is not None and reason in _STARTS:
        flow = f'the flow "{by}"' if by else "another flow"
        return f"interrupted by {flow}: {_STARTS[reason]}"
    known = _REASONS.get(reason or status, (reason or "").replace("_", " "))
    return f"{status}: {known}" if known else status
