"""Common perpetuals and spot pairs, as data for the paper account: terms like those of a big venue."""

from decimal import Decimal

from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import Family, Instrument

_MIN_COST = Decimal(5)

_LINEAR = (
    # base, lot, tick, max_leverage
    ("BTC", "0.001", "0.1", 100),
    ("ETH", "0.01", "0.01", 100),
    ("SOL", "0.1", "0.01", 100),
    ("XRP", "0.1", "0.0001", 100),
    ("BNB", "0.01", "0.1", 100),
    ("DOGE", "1", "0.00001", 100),
    ("ADA", "1", "0.0001", 50),
    ("AVAX", "0.1", "0.001", 50),
    ("LINK", "0.1", "0.001", 50),
    ("DOT", "0.1", "0.001", 50),
    ("LTC", "0.1", "0.01", 50),
    ("BCH", "0.01", "0.1", 50),
    ("TRX", "1", "0.00001", 50),
    ("TON", "0.1", "0.0001", 50),
    ("SUI", "0.1", "0.0001", 50),
    ("NEAR", "0.1", "0.001", 50),
    ("APT", "0.01", "0.001", 50),
    ("ARB", "0.1", "0.0001", 50),
    ("OP", "0.1", "0.0001", 50),
    ("ATOM", "0.1", "0.001", 50),
    ("UNI", "0.1", "0.001", 50),
    ("FIL", "0.1", "0.001", 50),
    ("AAVE", "0.01", "0.01", 50),
    ("ETC", "0.1", "0.001", 50),
    ("XLM", "1", "0.00001", 50),
    ("HBAR", "1", "0.00001", 50),
    ("ICP", "0.1", "0.001", 50),
    ("INJ", "0.1", "0.001", 50),
)


_SPOT = (
    # base, lot, tick
    ("BTC", "0.00001", "0.01"),
    ("ETH", "0.0001", "0.01"),
    ("SOL", "0.001", "0.01"),
    ("XRP", "0.1", "0.0001"),
    ("BNB", "0.001", "0.1"),
    ("DOGE", "1", "0.00001"),
    ("ADA", "0.1", "0.0001"),
    ("AVAX", "0.01", "0.01"),
    ("LINK", "0.01", "0.001"),
    ("DOT", "0.01", "0.001"),
    ("LTC", "0.001", "0.01"),
    ("BCH", "0.001", "0.1"),
)

_INVERSE = (
    # base, tick: one contract is one USD
    ("BTC", "0.1"),
    ("ETH", "0.01"),
    ("SOL", "0.01"),
    ("XRP", "0.0001"),
)


def _perpetual(base: str, lot: str, tick: str, max_leverage: int) -> Instrument:
    return Instrument(
        symbol=f"{base}/USDT:USDT",
        base=base,
        quote="USDT",
        settle="USDT",
        contract_size=Decimal(1),
        lot=Decimal(lot),
        tick=Decimal(tick),
        min_quantity=Decimal(lot),
        min_cost=_MIN_COST,
        max_leverage=Decimal(max_leverage),
    )


def _spot(base: str, lot: str, tick: str) -> Instrument:
    return Instrument(
        symbol=f"{base}/USDT",
        base=base,
        quote="USDT",
        settle="USDT",
        family=Family.SPOT,
        contract_size=Decimal(1),
        lot=Decimal(lot),
        tick=Decimal(tick),
        min_quantity=Decimal(lot),
        min_cost=_MIN_COST,
        max_leverage=Decimal(1),
    )


def _inverse(base: str, tick: str) -> Instrument:
    return Instrument(
        symbol=f"{base}/USD:{base}",
        base=base,
        quote="USD",
        settle=base,
        family=Family.INVERSE,
        contract_size=Decimal(1),
        lot=Decimal(1),
        tick=Decimal(tick),
        min_quantity=Decimal(1),
        min_cost=Decimal(1),
        max_leverage=Decimal(100),
    )


COMMON_INSTRUMENTS: dict[Symbol, Instrument] = {
    instrument.symbol: instrument
    for instrument in (
        *(_perpetual(*terms) for terms in _LINEAR),
        *(_spot(*terms) for terms in _SPOT),
        *(_inverse(*terms) for terms in _INVERSE),
    )
}
