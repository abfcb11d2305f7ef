"""Orders on their way to a venue: their order, what overtakes, and what becomes of a lost answer."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

import pytest

from app import doubt as doubt_module
from app import sender as sender_module
from app.doubt import look_ups
from app.points import no_probe
from app.sender import AccountSender
from portfolio.model.command import Command, ReportDetached, ReportOrder, ReportUnresolved
from portfolio.model.effect import AmendOrder, CancelAtVenue, DetachProtection, SendOrder, ShowPrice
from portfolio.model.fill import OrderReport
from portfolio.model.identifiers import ClientOrderId, Symbol
from portfolio.model.order import Order, OrderStatus, OrderType, PriceSource, TimeInForce
from portfolio.model.side import Side
from portfolio.ports import Unknown, Unsent
from tests.properties.model import BTC, ETH, PAPER, START, say

SOL = "SOL/USDT:USDT"
ASKED = f"detach {BTC} entry at rest"


def order(order_id: str, symbol: str = BTC, **fields: Any) -> Order:
    values: dict[str, Any] = {
        "client_order_id": order_id,
        "origin": order_id,
        "signal_id": None,
        "account": PAPER,
        "strategy": "follow",
        "symbol": symbol,
        "side": Side.BUY,
        "order_type": OrderType.MARKET,
        "quantity": Decimal(1),
        "price": None,
        "reduce_only": False,
        "is_exit": False,
        "time_in_force": TimeInForce.GTC,
        "status": OrderStatus.PENDING,
        "reference_price": Decimal(100),
        "reference_source": PriceSource.QUOTE,
        "reservation_price": Decimal(101),
        "created_at": START,
        "updated_at": START,
        "send_by": START + timedelta(seconds=30),
        **fields,
    }
    return Order(**values)


@dataclass
class ScriptedVenue:
    """Answers in the order of its script, OPEN where it has none; a call waits for the gate."""

    calls: list[str] = field(default_factory=list)
    answers: deque[OrderReport | Unknown | Unsent] = field(default_factory=deque)
    known: deque[OrderReport | Unknown | None] = field(default_factory=deque)
    detached: list[Unknown] = field(default_factory=list)
    more: list[OrderReport] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    at_once: int = 1
    on_send: Callable[[], None] = lambda: None

    async def send(self, order: Order) -> OrderReport | Unknown | Unsent:
        self.calls.append(f"send {order.client_order_id}")
        self.on_send()
        await self.gate.wait()
        return self.answers.popleft() if self.answers else say(order, OrderStatus.OPEN)

    async def cancel(self, order: Order) -> OrderReport | Unknown:
        self.calls.append(f"cancel {order.client_order_id}")
        await self.gate.wait()
        answer = self.answers.popleft() if self.answers else say(order, OrderStatus.CANCELED)
        assert not isinstance(answer, Unsent)
        return answer

    async def detach(self, symbol: Symbol, entry: ClientOrderId, *, rests: bool) -> Unknown | None:
        self.calls.append(f"detach {symbol} {entry}" + (" at rest" if rests else ""))
        return self.detached.pop(0) if self.detached else None

    async def amend(self, order: Order) -> OrderReport | Unknown:
        self.calls.append(f"amend {order.client_order_id} to {order.quantity}")
        await self.gate.wait()
        answer = self.answers.popleft() if self.answers else replace(say(order, None), amended=True)
        assert not isinstance(answer, Unsent)
        return answer

    async def look_up(self, order: Order) -> OrderReport | None | Unknown:
        self.calls.append(f"look up {order.client_order_id}")
        return self.known.popleft() if self.known else None

    async def run(self, news: Callable[[], None]) -> None:
        pass

    def show_price(self, price: ShowPrice) -> None:
        self.calls.append(f"price {price.symbol}")

    def collect(self) -> list[OrderReport]:
        reports, self.more = self.more, []
        return reports


@dataclass
class Post:
    """A sender at work, with what it has told the core."""

    venue: ScriptedVenue
    told: list[Command] = field(default_factory=list)
    now: datetime = START
    sender: AccountSender = None  # type: ignore[assignment]

    @property
    def reports(self) -> list[tuple[str, OrderStatus | None]]:
        return [(c.report.client_order_id, c.report.status) for c in self.told if isinstance(c, ReportOrder)]

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.001)


@pytest.fixture
async def post(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Post]:
    monkeypatch.setattr(doubt_module, "LOOK_UP_AFTER_S", (0.0,))
    monkeypatch.setattr(doubt_module, "LOOK_UP_PAST_LAPSE_S", (0.0,))
    monkeypatch.setattr(sender_module, "SEND_AGAIN_AFTER_S", 0.0)
    monkeypatch.setattr(doubt_module, "LOOK_UP_EVERY_S", 0.0)
    monkeypatch.setattr(sender_module, "CANCEL_AGAIN_AFTER_S", 0.0)
    monkeypatch.setattr(sender_module, "DETACH_AGAIN_AFTER_S", 0.0)
    post = Post(ScriptedVenue())
    post.venue.gate.set()
    post.sender = AccountSender(PAPER, post.venue, post.told.append, lambda: post.now, no_probe)
    running = asyncio.create_task(post.sender.run())
    yield post
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def blocked(post: Post) -> None:
    """The venue takes its time with a first order, so that what follows has to stand in line."""
    post.venue.gate.clear()
    post.sender.submit(SendOrder(order("first", SOL)))
    await post.until(lambda: post.venue.calls == ["send first"])


async def after_the_first(post: Post, count: int) -> list[str]:
    post.venue.gate.set()
    await post.until(lambda: len(post.venue.calls) == count + 1)
    await post.until(lambda: post.sender.is_idle)
    return post.venue.calls[1:]


async def test_a_symbols_effects_keep_their_order(post: Post) -> None:
    await blocked(post)
    for effect in (SendOrder(order("a")), SendOrder(order("b", is_exit=True)), SendOrder(order("c"))):
        post.sender.submit(effect)
    assert await after_the_first(post, 3) == ["send a", "send b", "send c"]
    assert [order_id for order_id, _ in post.reports] == ["first", "a", "b", "c"]


async def test_exits_and_cancels_overtake_other_symbols(post: Post) -> None:
    await blocked(post)
    post.sender.submit(SendOrder(order("entry", BTC)))
    post.sender.submit(SendOrder(order("exit", ETH, is_exit=True)))
    post.sender.submit(CancelAtVenue(order("old", SOL, status=OrderStatus.PENDING_CANCEL)))
    assert await after_the_first(post, 3) == ["send exit", "cancel old", "send entry"]


async def test_an_order_that_has_not_left_is_canceled_without_the_venue(post: Post) -> None:
    await blocked(post)
    waiting = order("a")
    post.sender.submit(SendOrder(waiting))
    post.sender.submit(CancelAtVenue(waiting))
    assert post.reports == [("a", OrderStatus.CANCELED)]
    assert await after_the_first(post, 0) == []


async def test_an_order_that_is_being_sent_is_canceled_at_the_venue(post: Post) -> None:
    await blocked(post)
    post.sender.submit(CancelAtVenue(order("first", SOL)))
    assert await after_the_first(post, 1) == ["cancel first"]
    assert post.reports == [("first", OrderStatus.OPEN), ("first", OrderStatus.CANCELED)]


async def test_an_order_too_old_to_be_sent_is_not(post: Post) -> None:
    post.now = START + timedelta(seconds=31)
    post.sender.submit(SendOrder(order("a")))
    await post.until(lambda: bool(post.told))
    assert (post.venue.calls, post.reports) == ([], [("a", OrderStatus.EXPIRED_UNSENT)])


async def test_a_lost_answer_is_looked_up_until_the_order_is_found(post: Post) -> None:
    sent = order("a")
    post.venue.answers.append(Unknown("timed out"))
    post.venue.known.extend([Unknown("timed out"), say(sent, OrderStatus.FILLED)])
    post.sender.submit(SendOrder(sent))
    await post.until(lambda: len(post.told) == 2)
    assert post.venue.calls == ["send a", "look up a", "look up a"]
    assert post.reports == [("a", OrderStatus.UNKNOWN), ("a", OrderStatus.FILLED)]


async def test_a_lost_answer_is_looked_up_until_the_order_is_proven_absent(post: Post) -> None:
    post.venue.answers.append(Unknown("timed out"))
    post.venue.known.extend([Unknown("timed out"), None])
    post.sender.submit(SendOrder(order("a")))
    await post.until(lambda: len(post.told) == 2)
    assert post.reports == [("a", OrderStatus.UNKNOWN), ("a", OrderStatus.NOT_ACCEPTED)]
    assert post.venue.calls.count("send a") == 1


async def test_an_amendment_is_answered_with_what_became_of_it(post: Post) -> None:
    leg = order("leg", is_exit=True, quantity=Decimal(3))
    post.venue.answers.extend([replace(say(leg, None, reason="not supported"), amended=False)])
    post.sender.submit(AmendOrder(leg))
    post.sender.submit(AmendOrder(leg))
    await post.until(lambda: len(post.told) == 2)
    assert [c.report.amended for c in post.told if isinstance(c, ReportOrder)] == [False, True]


async def test_an_amendment_whose_answer_is_lost_is_asked_again(post: Post) -> None:
    post.venue.answers.extend([Unknown("timed out")])
    post.sender.submit(AmendOrder(order("leg", quantity=Decimal(3))))
    await post.until(lambda: len(post.told) == 1)
    assert post.venue.calls == ["amend leg to 3", "amend leg to 3"]


async def test_an_amendment_follows_the_order_that_it_amends_and_overtakes_others(post: Post) -> None:
    await blocked(post)
    post.sender.submit(SendOrder(order("entry", ETH)))
    post.sender.submit(AmendOrder(order("leg", quantity=Decimal(3))))
    assert await after_the_first(post, 2) == ["amend leg to 3", "send entry"]


async def test_what_is_attached_is_taken_away_beside_the_symbols_orders_until_that_is_sure(post: Post) -> None:
    post.venue.detached += [Unknown("timed out", lapses_in_s=0.02), Unknown("too many requests")]
    post.sender.submit(DetachProtection(PAPER, BTC, "entry", rests=True))
    post.sender.submit(SendOrder(order("next")))
    await post.until(lambda: len(post.told) == 2)
    assert post.venue.calls[:2] in (["send next", ASKED], [ASKED, "send next"])
    assert post.venue.calls.count(ASKED) == 3
    assert post.told[-1] == ReportDetached(PAPER, "entry")


async def test_a_request_that_may_still_take_effect_is_not_repeated(post: Post) -> None:
    post.venue.detached.append(Unknown("timed out", lapses_in_s=60))
    for _ in range(2):
        post.sender.submit(DetachProtection(PAPER, BTC, "entry", rests=False))
    await post.until(lambda: bool(post.venue.calls))
    await asyncio.sleep(0.02)
    assert (post.venue.calls, post.told) == ([ASKED.removesuffix(" at rest")], [])


async def test_a_cancel_whose_answer_is_lost_is_asked_again(post: Post) -> None:
    post.venue.answers.append(Unknown("timed out"))
    post.sender.submit(CancelAtVenue(order("a", status=OrderStatus.PENDING_CANCEL)))
    await post.until(lambda: bool(post.told))
    assert post.venue.calls == ["cancel a", "cancel a"]
    assert post.reports == [("a", OrderStatus.CANCELED)]


async def test_reports_that_were_no_answer_are_told_after_the_answer(post: Post) -> None:
    post.venue.more.append(say(order("old"), OrderStatus.FILLED))
    post.sender.submit(SendOrder(order("a")))
    await post.until(lambda: len(post.told) == 2)
    assert post.reports == [("a", OrderStatus.OPEN), ("old", OrderStatus.FILLED)]


async def test_what_did_not_leave_is_sent_again_with_its_symbols_order_kept(post: Post) -> None:
    post.venue.answers.extend([Unsent("refused connection"), say(order("a"), OrderStatus.OPEN)])
    post.sender.submit(SendOrder(order("a")))
    post.sender.submit(SendOrder(order("b")))
    await post.until(lambda: len(post.told) == 2)
    assert post.venue.calls == ["send a", "send a", "send b"]
    assert post.reports == [("a", OrderStatus.OPEN), ("b", OrderStatus.OPEN)]


async def test_what_did_not_leave_in_time_is_not_sent_any_more(post: Post) -> None:
    def too_late() -> None:
        post.now = START + timedelta(seconds=31)

    post.venue.answers.append(Unsent("refused connection"))
    post.venue.on_send = too_late
    post.sender.submit(SendOrder(order("a")))
    await post.until(lambda: bool(post.told))
    assert (post.venue.calls, post.reports) == (["send a"], [("a", OrderStatus.EXPIRED_UNSENT)])


async def test_what_waits_to_be_sent_again_can_be_canceled_without_the_venue(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_module, "SEND_AGAIN_AFTER_S", 60.0)
    post.venue.answers.append(Unsent("refused connection"))
    post.sender.submit(SendOrder(order("a")))
    await post.until(lambda: post.sender.waiting == 1 and bool(post.venue.calls))
    post.sender.submit(CancelAtVenue(order("a")))
    assert post.reports == [("a", OrderStatus.CANCELED)]
    assert post.venue.calls == ["send a"]


async def test_a_venue_that_takes_several_requests_gets_one_of_each_symbol(post: Post) -> None:
    post.venue.at_once = 2
    post.venue.gate.clear()
    for name, symbol in (("a", BTC), ("b", BTC), ("c", ETH), ("d", SOL)):
        post.sender.submit(SendOrder(order(name, symbol)))
    await post.until(lambda: len(post.venue.calls) == 2)
    assert post.venue.calls == ["send a", "send c"]
    assert await after_the_first(post, 3) == ["send c", "send b", "send d"]


async def test_an_order_that_stays_unknown_is_told_of(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubt_module, "UNRESOLVED_AFTER_S", 0)
    post.venue.answers.append(Unknown("timed out"))
    post.venue.known.extend([Unknown("no idea"), Unknown("no idea"), say(order("a"), OrderStatus.OPEN)])
    post.sender.submit(SendOrder(order("a")))
    await post.until(lambda: len(post.told) == 3)
    assert post.told[1] == ReportUnresolved(PAPER, "a", 0)
    assert post.reports == [("a", OrderStatus.UNKNOWN), ("a", OrderStatus.OPEN)]


def test_an_unknown_order_is_asked_for_soon_then_once_it_has_lapsed_then_on() -> None:
    lapsed = [2.0, 2.5, *(2.75 + 0.25 * step for step in range(10)), 6.0, 7.0]
    assert list(islice(look_ups(3.0), 20)) == [0.2, 0.5, 1.0, 2.0, *(3.0 + at for at in lapsed), 15.0, 20.0]
    assert list(islice(look_ups(0.0), 18)) == [0.2, 0.5, 1.0, *lapsed, 12.0]


async def test_what_an_earlier_process_left_unknown_is_looked_up() -> None:
    venue, told = ScriptedVenue(), []
    venue.known.extend([Unknown("not yet"), say(order("a"), OrderStatus.OPEN)])
    sender = AccountSender(PAPER, venue, told.append, lambda: START, no_probe)
    sender.take_over([order("a", status=OrderStatus.UNKNOWN)])
    running = asyncio.create_task(sender.run())
    async with asyncio.timeout(5):
        while not told:
            await asyncio.sleep(0.01)
    running.cancel()
    assert [(command.report.client_order_id, command.report.status) for command in told] == [("a", OrderStatus.OPEN)]
    assert "send a" not in venue.calls


async def test_a_look_up_that_hangs_does_not_keep_the_next_from_being_asked(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def hangs_once(asked_about: Order) -> OrderReport:
        asked.append(asked_about.client_order_id)
        if len(asked) == 1:
            await asyncio.sleep(3600)
        return say(asked_about, OrderStatus.OPEN)

    monkeypatch.setattr(post.venue, "look_up", hangs_once)
    post.venue.answers.append(Unknown("timed out"))
    post.sender.submit(SendOrder(order("a")))
    await post.until(lambda: len(post.told) == 2)
    assert post.reports == [("a", OrderStatus.UNKNOWN), ("a", OrderStatus.OPEN)]
    assert asked == ["a", "a"]


async def test_no_more_than_three_look_ups_of_an_order_are_under_way(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, asked = asyncio.Event(), []

    async def waits(asked_about: Order) -> OrderReport:
        asked.append(asked_about.client_order_id)
        await gate.wait()
        return say(asked_about, OrderStatus.OPEN)

    monkeypatch.setattr(doubt_module, "LOOK_UP_EVERY_S", 0.001)
    monkeypatch.setattr(post.venue, "look_up", waits)
    post.venue.answers.append(Unknown("timed out"))
    post.sender.submit(SendOrder(order("a")))
    await post.until(lambda: len(asked) == 3)
    await asyncio.sleep(0.05)
    gate.set()
    await post.until(lambda: len(post.told) == 2)
    assert asked == ["a", "a", "a"]
    assert post.reports == [("a", OrderStatus.UNKNOWN), ("a", OrderStatus.OPEN)]


async def test_what_waits_to_be_sent_is_counted(post: Post) -> None:
    post.venue.gate.clear()
    for name in ("a", "b", "c"):
        post.sender.submit(SendOrder(order(name)))
    await post.until(lambda: post.sender.waiting == 2)
    post.venue.gate.set()
    await post.until(lambda: len(post.told) == 3)
    assert post.sender.waiting == 0


async def test_a_look_up_that_fails_ends_the_sender() -> None:
    class Broken(ScriptedVenue):
        async def look_up(self, order: Order) -> OrderReport | None | Unknown:
            raise RuntimeError("no idea")

    venue = Broken(answers=deque([Unknown("no answer")]))
    venue.gate.set()
    sender = AccountSender(PAPER, venue, lambda _: None, lambda: START, no_probe)
    sender.submit(SendOrder(order("a")))
    with pytest.raises(ExceptionGroup) as failed:
        async with asyncio.timeout(5):
            await sender.run()
    assert failed.group_contains(RuntimeError, match="no idea")
