"""Paper accounts that trade at a venue's prices: which, what they need of it, and in what steps it trades that."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

import structlog

from app.desk import Instruments, instruments_of
from app.settings import AccountSettings, Settings
from app.storage.venues import save_instruments
from app.venues import SymbolsUnknown, VenueUnknown, lacking, remembered, symbols_traded
from exchange.checkup import missing_among
from exchange.worth import DOLLARS
from portfolio.model.decimals import ONE, ZERO
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.instrument import Family, Instrument, family_of, parse_symbol
from portfolio.prices.market import Market
from portfolio.prices.source import SourceState
from portfolio.prices.ticker import Venue

Answers: TypeAlias = Mapping[Venue, Mapping[Symbol, Market] | SourceState]

log = structlog.get_logger("venues")

NOTHING: Mapping[Symbol, Instrument] = MappingProxyType({})
MOST_LEVERAGE = Decimal(100)
"""Of a contract, whose venue's public list of markets seldom says it."""


def fed_accounts(settings: Settings) -> dict[AccountId, Venue]:
    """The feed of each paper account that has one."""
    return {account.id: account.feed for account in settings.accounts if account.feed is not None}


def feeds_of(settings: Settings) -> tuple[Venue, ...]:
    """Every venue at whose prices a paper account trades."""
    return tuple(dict.fromkeys(fed_accounts(settings).values()))


def symbols_at(settings: Settings, venue: Venue) -> list[Symbol]:
    """What strategies trade at the venue's prices."""
    fed = (account for account in settings.accounts if account.feed == venue)
    return sorted({symbol for account in fed for symbol in symbols_traded(settings, account)})


def symbols_quoted(
    settings: Settings, account: AccountSettings, coins: Iterable[str], known: Collection[Symbol]
) -> list[Symbol]:
    """What strategies trade on the account, and what says how much their currencies, and `coins`, are worth."""
    traded = sorted(symbols_traded(settings, account))
    parts = {symbol: parsed for symbol in traded if (parsed := parse_symbol(symbol)) is not None}
    near = _near(settings)
    valued = {base for base, quote, _ in parts.values() if quote in near}
    owned = {*coins, *account.balances, *(settle for _, _, settle in parts.values())}
    owned |= {base for symbol, (base, _, _) in parts.items() if family_of(symbol) is Family.SPOT}
    ways = (_ways(coin, near, known) for coin in sorted(owned - valued - set(near)))
    return list(dict.fromkeys((*traded, *(symbol for way in ways for symbol in way))))


def _near(settings: Settings) -> tuple[str, ...]:
    """The portfolio's currency, and those that count one to one with it."""
    currency, pegged = settings.portfolio.currency, settings.portfolio.pegged
    return tuple(dict.fromkeys((currency, *(pegged if currency in pegged else ()))))


def _ways(coin: str, near: Sequence[str], known: Collection[Symbol]) -> tuple[Symbol, ...]:
    """The spot pairs that lead from the coin to the portfolio's currency: one, or two over a dollar."""
    ends = [*(f"{coin}/{end}" for end in near), f"{near[0]}/{coin}"]
    over = [(f"{coin}/{dollar}", f"{near[0]}/{dollar}") for dollar in DOLLARS]
    ways = [*((symbol,) for symbol in ends), *over]
    return next((way for way in ways if all(symbol in known for symbol in way)), ())


def terms_of(market: Market) -> Instrument | None:
    """The market's terms, None where its venue does not say in what steps it is traded."""
    if not market.lot or not market.tick:
        return None
    return Instrument(
        symbol=market.symbol,
        base=market.base,
        quote=market.quote,
        settle=market.settle or market.quote,
        family=family_of(market.symbol),
        contract_size=market.contract_size if market.settle and market.contract_size else ONE,
        lot=market.lot,
        tick=market.tick,
        min_quantity=market.min_quantity or market.lot,
        min_cost=market.min_cost or ZERO,
        max_leverage=MOST_LEVERAGE if market.settle else ONE,
    )


def fed_instruments(settings: Settings, answers: Answers, now: datetime) -> Instruments:
    """What each feed's venue tells now of what its account needs, and what it told before; remembered for the next
    start.

    Where a venue cannot be reached, what it told the last time. Raises VenueUnknown where it never told of a symbol
    whose terms nobody else says, and SymbolsUnknown where a strategy lists what the venue has never had.
    """
    before, known, faults = remembered(settings), dict[str, Mapping[Symbol, Instrument]](), list[str]()
    for account in settings.accounts:
        if account.feed is None:
            continue
        earlier, answer = before.get(account.id, {}), answers[account.feed]
        if isinstance(answer, SourceState):
            known[account.id] = earlier
            _require_terms(settings, account, answer, earlier)
            continue
        told = _told(settings, account, answer)
        known[account.id] = {**earlier, **told}
        faults += _faults(settings, account, answer, earlier)
        save_instruments(settings.database_path, account.id, told, now)
    if faults:
        raise SymbolsUnknown(tuple(faults))
    return known


def _told(settings: Settings, account: AccountSettings, markets: Mapping[Symbol, Market]) -> dict[Symbol, Instrument]:
    wanted = [markets[s] for s in symbols_quoted(settings, account, (), markets) if s in markets]
    return {terms.symbol: terms for terms in map(terms_of, wanted) if terms is not None}


def _require_terms(
    settings: Settings, account: AccountSettings, state: SourceState, earlier: Mapping[Symbol, Instrument]
) -> None:
    what = f"account {account.id}: its feed {account.feed} is {state.status}: {state.detail}"
    if unknown := sorted(symbols_traded(settings, account) - instruments_of(account, earlier).keys()):
        said = f"it has never told how {', '.join(unknown)} can be traded: start again when it answers"
        raise VenueUnknown(f"{what}; {said}")
    log.warning("started without the feed", account=account.id, venue=what)


def _faults(
    settings: Settings, account: AccountSettings, markets: Mapping[Symbol, Market], earlier: Mapping[Symbol, Instrument]
) -> Iterator[str]:
    """A line for each strategy that lists what cannot be traded."""
    missing = missing_of(settings, account, markets, earlier)
    stepless = stepless_of(settings, account, markets, earlier)
    for strategy in settings.strategies:
        if settings.account_of(strategy) != account.id:
            continue
        where = f"strategies.{strategy.id}.symbols: {account.feed}"
        for symbol in strategy.symbols:
            if symbol in missing:
                yield f"{where} {lacking(symbol, missing[symbol])}"
            elif symbol in stepless:
                yield f"{where} {without_steps(symbol)}"


def missing_of(
    settings: Settings,
    account: AccountSettings,
    markets: Mapping[Symbol, Market],
    earlier: Collection[Symbol] = (),
) -> dict[Symbol, tuple[Symbol, ...]]:
    """What is listed and the venue has never had, each with the nearest that it has."""
    listed = symbols_traded(settings, account) - markets.keys() - set(earlier)
    return missing_among(listed, [symbol for symbol, market in markets.items() if market.is_active])


def stepless_of(
    settings: Settings,
    account: AccountSettings,
    markets: Mapping[Symbol, Market],
    earlier: Mapping[Symbol, Instrument] = NOTHING,
) -> list[Symbol]:
    """What is listed, and nobody says in what steps it is traded."""
    known = instruments_of(account, {**earlier, **_told(settings, account, markets)})
    return sorted(symbols_traded(settings, account) & markets.keys() - known.keys())


def without_steps(symbol: Symbol) -> str:
    return f"does not tell the lot and tick of {symbol}: add them as [[accounts.instruments]]"
