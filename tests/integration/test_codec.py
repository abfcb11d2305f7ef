"""What the journal holds is read back as it was, whatever the command."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from app.codec import to_json
from app.replay import envelope_from
from app.storage.rows import journal_row
from portfolio.model.command import COMMANDS, Command, EarlierOrder, EarlierSignal, Envelope, Mark
from portfolio.model.quote import Quote
from tests.properties.model import CONFIGURATION, START

SETTINGS = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
BUILT: dict[Any, st.SearchStrategy[Any]] = {
    Decimal: st.decimals(-(10**12), 10**12, allow_nan=False, allow_infinity=False, places=8),
    datetime: st.datetimes(timezones=st.just(UTC)),
    int: st.integers(-(2**63), 2**63 - 1),
    str: st.text(st.characters(codec="utf-8"), max_size=20),
}


@pytest.fixture(autouse=True, scope="module")
def exact_values() -> None:
    """Plain decimals, aware times, text that is UTF-8 and numbers of 64 bits, wherever a type asks for one."""
    for kind, strategy in BUILT.items():
        st.register_type_strategy(kind, strategy)


def again(envelope: Envelope) -> Envelope:
    row = journal_row(envelope, CONFIGURATION)
    return envelope_from(row["kind"], row["envelope"])


@pytest.mark.parametrize("kind", COMMANDS.values(), ids=COMMANDS)
def test_every_command_comes_back_from_the_journal(kind: type[Command]) -> None:
    @SETTINGS
    @given(command=st.from_type(kind), seq=st.integers(1, 10**12), now=BUILT[datetime])
    def check(command: Command, seq: int, now: datetime) -> None:
        envelope = Envelope(seq, command, now)
        assert again(envelope) == envelope

    check()


@pytest.mark.parametrize("kind", [EarlierSignal, EarlierOrder])
def test_what_a_decision_depends_on_comes_back_too(kind: type[Any]) -> None:
    """Figures of reasons are decimals or words: as text they are the same."""

    @SETTINGS
    @given(earlier=st.from_type(kind), quotes=st.lists(st.from_type(Quote), max_size=2))
    def check(earlier: Any, quotes: list[Quote]) -> None:
        envelope = Envelope(1, Mark(), START, tuple(quotes), earlier)
        back = again(envelope)
        assert type(back.earlier) is kind
        assert back.quotes == envelope.quotes
        assert to_json(back) == to_json(envelope)

    check()
