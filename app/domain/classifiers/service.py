"""The classifier of an organization: its own, else that of the installation (CLASSIFIER_URL)."""

from __future__ import annotations

from dataclasses import dataclass, field

from app.core.context import Ctx
from app.core.services import Config
from app.domain.credentials.providers import CLASSIFIER
from app.domain.credentials.service import find_credential


@dataclass(frozen=True, slots=True)
class Classifier:
    """A service over HTTP. `url` may hold {text}; `intents` are the names that authors choose from."""

    name: str
    url: str
    token: str = field(default="", repr=False)
    intents: tuple[str, ...] = ()


async def find_classifier(ctx: Ctx) -> Classifier | None:
    """The classifier that the organization's flows ask; None when there is none."""
    row = await find_credential(ctx, CLASSIFIER.shortcode)
    if row is None:
        return _of_installation(ctx.services.config)
    url = str(row.keys.get("url") or "")
    if not row.is_active or not url:
        return None
    intents = str(row.keys.get("intents") or "").split(",")
    return Classifier(
        name=str(row.keys.get("name") or "Classifier"),
        url=url,
        token=str(row.secrets.get("token") or ""),
        intents=tuple(word for part in intents if (word := part.strip())),
    )


def _of_installation(config: Config) -> Classifier | None:
    if not config.classifier_url:
        return None
    return Classifier(
        config.classifier_name,
        config.classifier_url,
        config.classifier_token,
        config.classifier_intents,
    )
