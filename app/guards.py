"""Pace and lock-outs of one door of the desk: the webhook's, or the API's."""

from dataclasses import dataclass
from enum import StrEnum

from app.settings import Settings
from app.throttling import Lockout, Pace


class Area(StrEnum):
    """What is asked of the desk. Each has secrets of its own, so a guesser at one is not held back at the other."""

    WEBHOOK = "webhook"
    API = "api"


@dataclass(frozen=True, slots=True)
class Guard:
    pace: Pace
    lockout: Lockout


def guards_of(settings: Settings) -> dict[Area, Guard]:
    server = settings.server
    paces = {Area.WEBHOOK: settings.webhook.max_requests_per_minute, Area.API: server.max_requests_per_minute}
    return {
        area: Guard(
            Pace(per_minute),
            Lockout(server.max_wrong_secrets, float(server.wrong_secrets_window_s), float(server.lockout_s)),
        )
        for area, per_minute in paces.items()
    }
