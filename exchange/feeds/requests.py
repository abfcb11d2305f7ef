"""How a driver's requests leave: at our own pace, by our own wire, each answer judged as it comes."""

import asyncio
import time
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

from ccxt.base.errors import BaseError

from exchange.errors import VenueError
from exchange.feeds.errand import errand_now
from exchange.feeds.fault import Fault, told_by_ccxt, unreadable, unsent, words_of
from exchange.feeds.pace import Pace, retry_after_s
from exchange.wire import Passage, ask_once, exact_json, open_session, trusted
from portfolio.prices.source import SourceStatus

_group: ContextVar[str] = ContextVar("group_of_endpoints", default="")


class Requests:
    """The part of a driver that asks. `pace` says when a request may leave, `needless` are parameters of requests
    that are not worth making. `home` is the loop that requests are made in, wherever the driver itself runs."""

    def calculate_rate_limiter_cost(
        self: Any, api: Any, method: Any, path: Any, params: Any, config: Any = None
    ) -> tuple[str, float]:
        cost = super().calculate_rate_limiter_cost(api, method, path, params, config or {})  # type: ignore[misc]
        return str(api), float(cost or 0)

    async def throttle(self: Any, cost: tuple[str, float] | None = None) -> None:
        group, weight = cost or ("", 1.0)
        _group.set(group)
        await self.pace.admit(group, weight, errand_now().until_s)

    async def fetch2(self: Any, path: Any, *more: Any, **named: Any) -> Any:
        """ccxt makes every request by this; what is needless is answered by nothing."""
        params = more[2] if len(more) > 2 else named.get("params", {})
        if any(params.get(name) == value for name, value in self.needless.items()):
            return {}
        request = super().fetch2(path, *more, **named)  # type: ignore[misc]
        if self.home is None or self.home is asyncio.get_running_loop():
            return await request
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(request, self.home))

    async def fetch(self: Any, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        """The venue's sound answer. Raises Fault for any other."""
        errand = errand_now()
        sent = self.prepare_request_headers(headers)
        text = body.encode() if isinstance(body, str) else body
        if (left_s := errand.left_s()) <= 0:
            raise Fault(SourceStatus.TIMED_OUT, "no time was left to ask")
        try:
            passage = await ask_once(self.opened().session, method, url, sent, text or None, left_s, exact_json)
        except VenueError as error:
            raise unsent(error) from None
        _judge(self, passage, url, method, sent)
        errand.passages += 1
        errand.took_s = max(errand.took_s, time.monotonic() - passage.began_s)
        return passage.answer

    def opened(self: Any) -> Any:
        """The driver, with a session of its own, made at the first use, inside the running loop."""
        if self.session is None:
            if self.closed_by_user:
                raise Fault(SourceStatus.UNREACHABLE, "the venue's connections are closed")
            self.session, self.own_session, self.ssl_context = open_session(), True, trusted()
            self.home = asyncio.get_running_loop()
            self.open()
        return self


def _judge(driver: Any, passage: Passage, url: str, method: str, sent: Mapping[str, str]) -> None:
    """Raises Fault for an answer that is no sound yes."""
    status, headers, answer = passage.status or 0, passage.headers, passage.answer
    pace: Pace = driver.pace
    pause_s = pace.answered(_group.get(), status, headers, passage.began_s)
    said = words_of(answer) if status >= 400 or isinstance(answer, dict) else ""
    if pause_s:
        raise Fault(SourceStatus.RATE_LIMITED, f"HTTP {status}{': ' + said if said else ''}", pause_s)
    if status >= 400:
        pace.count_error()
    _heed_ccxt(driver, passage, url, method, sent, said)
    if status == 403 and answer is None:
        pause_s = pace.slow_down(retry_after_s(headers), passage.began_s)
        raise Fault(SourceStatus.RATE_LIMITED, "HTTP 403", pause_s)
    if not 200 <= status < 300:
        raise Fault(SourceStatus.FAILED, f"HTTP {status}{': ' + said if said else ''}")
    if answer is None:
        kind = next((value for name, value in headers.items() if name.lower() == "content-type"), "no type")
        raise Fault(SourceStatus.GARBLED, f"the answer is no JSON ({kind.split(';')[0]})")


def _heed_ccxt(driver: Any, passage: Passage, url: str, method: str, sent: Mapping[str, str], said: str) -> None:
    """ccxt knows each venue's own codes of errors, also in answers with status 200."""
    if passage.answer is None:
        return
    try:
        driver.handle_errors(
            passage.status, "", url, method, passage.headers, passage.begins, passage.answer, sent, None
        )
    except BaseError as error:
        fault = told_by_ccxt(error, said)
        if fault.status is SourceStatus.FAILED and not said and passage.status == 200:
            raise unreadable("the answer", error) from None
        if fault.status is SourceStatus.RATE_LIMITED:
            fault.pause_s = driver.pace.slow_down(retry_after_s(passage.headers), passage.began_s)
        raise fault from None
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise unreadable("the answer", error) from None
