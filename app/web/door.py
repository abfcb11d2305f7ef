"""What is asked of a caller before anything is read: its address, its pace, and that it has not been guessing."""

from math import ceil

import structlog
from quart import Quart, g, request

from app.addresses import address_of, is_within
from app.guards import Area
from app.service import Service
from app.web.caller import Callers, current_caller, peer_of
from app.web.problems import Problem

log = structlog.get_logger("access")
MOST_WARNINGS = 10
_OPEN = frozenset({"/healthz", "/readyz"})
_WEBHOOK = "/webhook"
_FORWARDING = ("X-Forwarded-For", "Forwarded")


def register_door(app: Quart, service: Service) -> None:
    """Every request passes here first."""
    warned: set[str] = set()
    callers = Callers(service.settings.server)

    @app.before_request
    async def admit() -> None:
        g.caller = callers.of(request)
        _warn_of_untrusted_proxy(service, warned)
        area = area_of(request.path)
        if area is None:
            return
        if area is Area.WEBHOOK:
            _require_allowed(service)
        _require_patience(service, area)


def area_of(path: str) -> Area | None:
    """Which guard stands there; None where anybody may look at any time."""
    if path in _OPEN:
        return None
    return Area.WEBHOOK if path == _WEBHOOK or path.startswith(f"{_WEBHOOK}/") else Area.API


def wrong_secret(service: Service, area: Area) -> None:
    """The guess is held against its caller; what was guessed is told to nobody."""
    caller = current_caller()
    if caller.may_be_locked_out and service.guards[area].lockout.wrong(caller.counted_as):
        locked_s = int(service.settings.server.lockout_s)
        log.warning("locked out after wrong secrets", caller=caller.counted_as, area=area.value, for_s=locked_s)


def right_secret(service: Service, area: Area) -> None:
    """Earlier mistakes of the caller are forgiven."""
    service.guards[area].lockout.right(current_caller().counted_as)


def _require_allowed(service: Service) -> None:
    allowed = service.settings.webhook.allowed_ips
    if allowed and not is_within(current_caller().address, allowed):
        raise Problem(403, "ADDRESS_NOT_ALLOWED", "this address may not send alerts (webhook.allowed_ips)")


def _require_patience(service: Service, area: Area) -> None:
    """Raises a 429 problem for who asks too often, or was wrong too often: then whatever is presented now."""
    caller, guard = current_caller(), service.guards[area]
    if caller.is_unlimited:
        return
    if caller.may_be_locked_out and (wait_s := guard.lockout.wait_s(caller.counted_as)):
        raise _too_many("too many wrong secrets came from this address", wait_s)
    if wait_s := guard.pace.wait_s(caller.counted_as):
        raise _too_many("too many requests came from this address", wait_s)


def _too_many(what: str, wait_s: float) -> Problem:
    seconds = max(1, ceil(wait_s))
    return Problem(429, "TOO_MANY_REQUESTS", f"{what}; try again in {seconds} s", retry_after_s=seconds)


def _warn_of_untrusted_proxy(service: Service, warned: set[str]) -> None:
    """Said once: behind a proxy that is not trusted all callers look like one, and on this machine like oneself."""
    if len(warned) >= MOST_WARNINGS or not any(name in request.headers for name in _FORWARDING):
        return
    peer = address_of(peer_of(request) or "")
    is_near = peer is not None and (peer.is_loopback or peer.is_private)
    if is_near and str(peer) not in warned and not is_within(peer, service.settings.server.trusted_proxies):
        warned.add(str(peer))
        log.warning("a proxy that is not in server.trusted_proxies forwards requests", proxy=str(peer))
