"""The desk that a configuration describes, in the words of the core."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType
from typing import TypeAlias

from app.intake.symbols import SymbolMap
from app.settings import AccountSettings, InstrumentSettings, Limits, Settings, StrategySettings
from exchange.instruments import COMMON_INSTRUMENTS
from portfolio.limits.chain import LimitChain
from portfolio.limits.limit import ScopedLimit
from portfolio.limits.quote_age import MaxQuoteAge
from portfolio.model.decimals import ONE, ZERO
from portfolio.model.identifiers import AccountId, Symbol
from portfolio.model.instrument import Instrument, family_of, parse_symbol
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.setup import AccountSetup, Setup, StrategySetup
from strategies.registry import create_strategy

Instruments: TypeAlias = Mapping[AccountId, Mapping[Symbol, Instrument]]
NOTHING_TOLD: Instruments = MappingProxyType({})
OLDEST_QUOTE_S = Decimal(10)
"""How old a venue's price may be where the configuration does not say."""


def build_desk(settings: Settings, told: Instruments = NOTHING_TOLD) -> tuple[Setup, LimitChain]:
    """What the portfolio manager needs to know before its first command. `told` is what real venues trade, and those
    whose prices count on paper."""
    setup = Setup(
        currency=settings.portfolio.currency,
        max_age_s=settings.webhook.max_age_s,
        accounts={account.id: _account(account, told.get(account.id, {})) for account in settings.accounts},
        strategies={strategy.id: _strategy(settings, strategy) for strategy in settings.strategies},
        pegged=frozenset(settings.portfolio.pegged),
    )
    return setup, LimitChain(tuple(_every_limit(settings)))


def symbols_of(settings: Settings, setup: Setup) -> SymbolMap:
    """Every name that an alert may use for a symbol of any account."""
    known = {symbol for account in setup.accounts.values() for symbol in account.instruments}
    listed = {symbol for strategy in settings.strategies for symbol in strategy.symbols}
    own = {terms.symbol for account in settings.accounts for terms in account.instruments}
    return SymbolMap(settings.symbols, known | listed, known - listed - own)


def _account(account: AccountSettings, told: Mapping[Symbol, Instrument]) -> AccountSetup:
    """An alert's price is trusted only where no venue tells prices. What a real account has, its venue tells."""
    return AccountSetup(
        id=account.id,
        balances=account.balances,
        instruments=instruments_of(account, told) if account.is_paper else told,
        leverage=account.leverage,
        send_within_s=account.send_within_s,
        trusts_signal_price=account.is_paper and account.feed is None,
        foreign_orders=account.foreign_orders,
        attaches_protection=account.attaches_protection,
        feed=account.feed,
    )


def _strategy(settings: Settings, strategy: StrategySettings) -> StrategySetup:
    return StrategySetup(
        id=strategy.id,
        account=settings.account_of(strategy),
        strategy=create_strategy(strategy.kind, strategy.parameters),
        symbols=frozenset(strategy.symbols),
        sizing=strategy.sizing.size() if strategy.sizing else None,
        shared=strategy.shared,
        on_gap=strategy.on_gap,
    )


def instruments_of(account: AccountSettings, told: Mapping[Symbol, Instrument]) -> dict[Symbol, Instrument]:
    """The shipped instruments, with those of the configuration over them, and under both what the feed's venue told."""
    own = {terms.symbol: _instrument(terms) for terms in account.instruments}
    known = {**told, **COMMON_INSTRUMENTS, **own}
    rates = {terms.symbol: terms.funding_rate for terms in account.instruments}
    return {symbol: _funded(terms, rates.get(symbol), account.funding_rate) for symbol, terms in known.items()}


def _funded(terms: Instrument, own: Decimal | None, account: Decimal) -> Instrument:
    """The terms with their own funding rate, else the account's; spot pays none."""
    rate = ZERO if terms.is_spot else account if own is None else own
    return replace(terms, funding_rate=rate) if rate else terms


def _instrument(settings: InstrumentSettings) -> Instrument:
    """The terms given; those left out are the shipped ones, or those of an instrument without minimums."""
    given = {name: value for name, value in settings.model_dump(exclude={"symbol", "funding_rate"}).items() if value}
    if settings.lot:
        given.setdefault("min_quantity", settings.lot)
    shipped = COMMON_INSTRUMENTS.get(settings.symbol)
    if shipped is not None:
        return replace(shipped, **given)
    parts = parse_symbol(settings.symbol)
    if parts is None or settings.lot is None or settings.tick is None:
        raise ValueError(f"{settings.symbol} lacks a lot or a tick, or is no symbol")
    base, quote, settle = parts
    terms = {"contract_size": ONE, **given}
    family = family_of(settings.symbol)
    return Instrument(symbol=settings.symbol, base=base, quote=quote, settle=settle, family=family, **terms)


def _every_limit(settings: Settings) -> Iterator[ScopedLimit]:
    yield from _limits(settings.portfolio.limits, PORTFOLIO)
    for account in settings.accounts:
        yield from _limits(account.limits, Scope(account.id))
        if takes_usual_quote_age(settings, account):
            yield ScopedLimit(Scope(account.id), MaxQuoteAge(OLDEST_QUOTE_S))
    for strategy in settings.strategies:
        yield from _limits(strategy.limits, Scope(settings.account_of(strategy), strategy.id))


def is_quoted(account: AccountSettings) -> bool:
    """True where a venue tells the prices that count: at a real one, and on paper with a feed."""
    return not account.is_paper or account.feed is not None


def takes_usual_quote_age(settings: Settings, account: AccountSettings) -> bool:
    """True where a venue tells the prices, and neither account nor portfolio says how old they may be."""
    tables = (settings.portfolio.limits, account.limits)
    return is_quoted(account) and not any(MaxQuoteAge.key in table.limits() for table in tables)


def _limits(limits: Limits, scope: Scope) -> Iterator[ScopedLimit]:
    """The limits of a scope, then those of its symbols."""
    yield from (ScopedLimit(scope, limit) for limit in limits.limits().values())
    for row in limits.symbols:
        within = Scope(scope.account, scope.strategy, row.symbol)
        yield from (ScopedLimit(within, limit) for limit in row.limits().values())
