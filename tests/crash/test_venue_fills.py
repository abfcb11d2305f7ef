"""Executions in many pieces, repeated, reordered, lost and cut off half-way: the totals are exact all the same."""

import time
from decimal import Decimal
from pathlib import Path

import pytest

from tests.crash.venue.alerts import MARKETS
from tests.crash.venue.books import adjusted_balances, papered_over
from tests.crash.venue.desk import VenueDesk, venue_desk
from tests.crash.venue.nursery import Nursery

PIECES = (1, 2, 3, 5, 7, 11, 13, 17, 19, 20)
DISTURBED = {"frame_duplicated": 0, "frame_delayed": 0.3, "frame_reordered": 0.2, "frame_lost": 0, "cut_after_frame": 0}


@pytest.mark.timeout(180)
def test_however_executions_are_told_totals_are_exact(tmp_path: Path, nursery: Nursery):
    with venue_desk(tmp_path, nursery, max_position=Decimal(20000), max_exposure=Decimal(90000)) as desk:
        desk.start()
        for number, (kind, seconds) in enumerate(DISTURBED.items()):
            share = 0.01 if kind.startswith("cut") else 0.15
            desk.venue.control("fault", kind=kind, times=None, probability=share, seconds=seconds, seed=number)
        for turn, pieces in enumerate(PIECES):
            trade_in_pieces(desk, pieces, action="sell" if turn % 3 == 2 else "buy")
            if turn % 4 == 1:
                desk.venue.control("streams", do="cut")
            if turn % 4 == 3:
                start_again(desk)
        books, _ = desk.settle()
        assert max(fills_by_order(books.fills).values()) == max(PIECES)
        assert not list(papered_over(books))
        desk.venue.control("clear_faults")
        desk.venue.control("split", pieces=1)
        desk.flatten()
        books, _ = desk.settle()
        assert not adjusted_balances(books)


def trade_in_pieces(desk: VenueDesk, pieces: int, action: str) -> None:
    """Orders of each symbol, executed a piece every few milliseconds, have begun to trade."""
    desk.venue.control("split", pieces=pieces, delay_s=0.01)
    for symbol, market in MARKETS.items():
        quantity = str(market.quantity * 20)
        answer = desk.alert(id=f"{pieces}-{symbol}", symbol=symbol, action=action, quantity=quantity)
        assert answer.json["status"] in ("accepted", "denied", "ignored"), answer.raw
    time.sleep(0.1)


def start_again(desk: VenueDesk) -> None:
    """The desk dies between two executions, and is back."""
    desk.server.kill()
    desk.start()


def fills_by_order(fills: list[dict[str, str]]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for fill in fills:
        counts[fill["client_order_id"]] = counts.get(fill["client_order_id"], 0) + 1
    return counts
