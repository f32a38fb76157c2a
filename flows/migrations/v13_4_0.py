"""13.4: the variables of a template message are the params of its component `body`.

Glific's `templating.expression` chooses the template itself; such a templating stays as it is.
"""

from __future__ import annotations

from flows.migrations.draft import Draft, drop_translation, text, translate, translation

VERSION = (13, 4, 0)


def upgrade(draft: Draft) -> None:
    for action in draft.actions("send_msg"):
        templating = action.get("templating")
        if not isinstance(templating, dict) or "components" in templating:
            continue
        if templating.get("expression"):
            continue
        old = text(templating, "uuid")
        uuid = draft.new_uuid(f"{old or text(action, 'uuid')}/body")
        variables = templating.pop("variables", None)
        params = variables if isinstance(variables, list) else []
        templating["components"] = [{"uuid": uuid, "name": "body", "params": params}]
        templating.pop("uuid", None)
        for language in draft.languages():
            texts = translation(language, old, "variables")
            if texts is not None:
                translate(language, uuid, "params", texts)
                drop_translation(language, old, "variables")
