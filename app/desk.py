"""The desk that a configuration describes, in the words of the core."""

from collections.abc import Iterator
from decimal import Decimal

from app.settings import AccountSettings, InstrumentSettings, Settings, StrategySettings
from app.settings.model import Limits
from exchange.instruments import COMMON_INSTRUMENTS
from portfolio.limits.chain import LimitChain
from portfolio.limits.limit import ScopedLimit
from portfolio.model.decimals import ONE, ZERO
from portfolio.model.identifiers import Symbol
from portfolio.model.instrument import Instrument, parse_symbol
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.setup import AccountSetup, Setup, StrategySetup
from strategies.registry import create_strategy


def build_desk(settings: Settings) -> tuple[Setup, LimitChain]:
    """What the portfolio manager needs to know before its first command."""
    setup = Setup(
        currency=settings.portfolio.currency,
        max_age_s=settings.webhook.max_age_s,
        accounts={account.id: _account(settings, account) for account in settings.accounts},
        strategies={strategy.id: _strategy(settings, strategy) for strategy in settings.strategies},
    )
    return setup, LimitChain(tuple(_every_limit(settings)))


def _account(settings: Settings, account: AccountSettings) -> AccountSetup:
    """Every venue that can be configured yet is paper, so an alert's price is to be trusted."""
    return AccountSetup(
        id=account.id,
        currency=settings.portfolio.currency,
        balance=account.balances[settings.portfolio.currency],
        instruments=instruments_of(account),
        leverage=account.leverage,
        send_within_s=account.send_within_s,
        trusts_signal_price=True,
    )


def _strategy(settings: Settings, strategy: StrategySettings) -> StrategySetup:
    return StrategySetup(
        id=strategy.id,
        account=settings.account_of(strategy),
        strategy=create_strategy(strategy.kind, strategy.parameters),
        symbols=frozenset(strategy.symbols),
        sizing=strategy.sizing.size() if strategy.sizing else None,
    )


def instruments_of(account: AccountSettings) -> dict[Symbol, Instrument]:
    """The shipped instruments, with those of the configuration over them."""
    own = {terms.symbol: _instrument(terms) for terms in account.instruments}
    return {**COMMON_INSTRUMENTS, **own}


def _instrument(terms: InstrumentSettings) -> Instrument:
    """The terms given; those left out are the shipped ones, or those of a contract without minimums."""
    shipped = COMMON_INSTRUMENTS.get(terms.symbol)
    parts = parse_symbol(terms.symbol)
    if parts is None or (shipped is None and (terms.lot is None or terms.tick is None)):
        raise ValueError(f"{terms.symbol} lacks a lot or a tick, or is no linear contract")
    base, quote, settle = parts
    lot = terms.lot or (shipped.lot if shipped else ZERO)
    min_quantity = lot if terms.lot or shipped is None else shipped.min_quantity
    return Instrument(
        symbol=terms.symbol,
        base=base,
        quote=quote,
        settle=settle,
        contract_size=terms.contract_size or (shipped.contract_size if shipped else ONE),
        lot=lot,
        tick=terms.tick or (shipped.tick if shipped else ZERO),
        min_quantity=terms.min_quantity or min_quantity,
        min_cost=terms.min_cost or (shipped.min_cost if shipped else ZERO),
        max_leverage=terms.max_leverage or (shipped.max_leverage if shipped else Decimal(100)),
    )


def _every_limit(settings: Settings) -> Iterator[ScopedLimit]:
    yield from _limits(settings.portfolio.limits, PORTFOLIO)
    for account in settings.accounts:
        yield from _limits(account.limits, Scope(account.id))
    for strategy in settings.strategies:
        yield from _limits(strategy.limits, Scope(settings.account_of(strategy), strategy.id))


def _limits(limits: Limits, scope: Scope) -> Iterator[ScopedLimit]:
    """The limits of a scope, then those of its symbols."""
    yield from (ScopedLimit(scope, limit) for limit in limits.limits().values())
    for row in limits.symbols:
        within = Scope(scope.account, scope.strategy, row.symbol)
        yield from (ScopedLimit(within, limit) for limit in row.limits().values())
