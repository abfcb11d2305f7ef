"""What a configuration amounts to: accounts, strategies, limits by scope, and where alerts go."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from rich.text import Text

from app.checkups import Findings
from app.cli.prospects import ceiling_items, price_items, print_prices, print_prospects, venue_items
from app.cli.tables import Column, print_table, print_text
from app.desk import OLDEST_QUOTE_S, takes_usual_quote_age
from app.price_checkups import SourceFindings
from app.settings import Limits, LimitTable, Settings
from app.tls.faults import valid_until
from app.venues import place_of
from portfolio.limits.quote_age import MaxQuoteAge
from portfolio.limits.registry import LIMITS
from portfolio.model.decimals import plain
from portfolio.model.scope import PORTFOLIO, Scope

Summary: TypeAlias = dict[str, Any]

_ACCOUNTS = (
    Column("account", "account"),
    Column("venue", "venue"),
    Column("leverage", "leverage"),
    Column("balance", "balance"),
)
_STRATEGIES = (
    Column("strategy", "strategy"),
    Column("kind", "kind"),
    Column("account", "account"),
    Column("sizing", "sizing"),
    Column("symbols", "symbols"),
)
_LIMITS = (Column("scope", "scope"), Column("limit", "limit"), Column("at most", "value"))


def summary_of(
    settings: Settings,
    config: Path,
    warnings: list[str],
    found: list[Findings],
    sources: Sequence[SourceFindings] = (),
) -> Summary:
    """Nothing of it is secret. `found` is what real venues say of their accounts, `sources` what they say of prices."""
    path = settings.database_path
    told = [f"account {finding.account}: {warning}" for finding in found for warning in finding.warnings]
    return {
        "configuration": str(config),
        "webhook": f"{settings.server.address}/webhook",
        "tls": _tls(settings),
        "database": {"path": str(path), "exists": path.exists()},
        "currency": settings.portfolio.currency,
        "accounts": _accounts(settings),
        "strategies": _strategies(settings),
        "limits": list(_limits(settings)),
        "at_most": ceiling_items(settings, found),
        "venues": venue_items(found),
        "prices": price_items(settings, sources),
        "warnings": [*warnings, *told],
    }


def print_summary(summary: Summary) -> None:
    database = summary["database"]
    state = "opens" if database["exists"] else "will be made"
    is_ready = not any(venue["faults"] for venue in summary["venues"])
    verdict = ("ok", "bold green") if is_ready else ("not ready", "bold red")
    print_text(
        Text.assemble(verdict, f"  {summary['configuration']}"),
        Text(f"webhook   {summary['webhook']}"),
        *([Text(f"tls       {tls['certificate']} (until {tls['valid_until']})")] if (tls := summary["tls"]) else []),
        Text(f"database  {database['path']} ({state})"),
    )
    for name, columns in (("accounts", _ACCOUNTS), ("strategies", _STRATEGIES)):
        print_text("")
        print_table(columns, summary[name])
    print_text("")
    print_table(_LIMITS, summary["limits"], empty="no limits: nothing keeps an order small")
    print_prospects(summary["currency"], summary["at_most"], summary["venues"])
    print_prices(summary["prices"])


def _tls(settings: Settings) -> dict[str, Any] | None:
    if settings.tls is None:
        return None
    return {
        "certificate": str(settings.tls.cert),
        "valid_until": f"{valid_until(settings.tls):%Y-%m-%d}",
        "asks_clients": settings.tls.client_ca is not None,
    }


def _accounts(settings: Settings) -> list[dict[str, Any]]:
    return [
        {
            "account": account.id,
            "venue": str(place_of(account)),
            "leverage": plain(account.leverage),
            "balance": ", ".join(f"{plain(amount)} {currency}" for currency, amount in account.balances.items()),
        }
        for account in settings.accounts
    ]


def _strategies(settings: Settings) -> list[dict[str, Any]]:
    return [
        {
            "strategy": strategy.id,
            "kind": strategy.kind,
            "account": settings.account_of(strategy),
            "sizing": _sizing(strategy.sizing.quantity, strategy.sizing.quantity_type) if strategy.sizing else None,
            "symbols": list(strategy.symbols) or ["every symbol of the account"],
        }
        for strategy in settings.strategies
    ]


def _sizing(quantity: str, kind: str | None) -> str:
    return f"{quantity} {kind}" if kind else quantity


def _limits(settings: Settings) -> Iterator[dict[str, str]]:
    yield from _of_scope(settings.portfolio.limits, PORTFOLIO)
    for account in settings.accounts:
        yield from _of_scope(account.limits, Scope(account.id))
        if takes_usual_quote_age(settings, account):
            value = f"{plain(OLDEST_QUOTE_S)} (unless set)"
            yield {"scope": str(Scope(account.id)), "limit": MaxQuoteAge.key, "value": value}
    for strategy in settings.strategies:
        yield from _of_scope(strategy.limits, Scope(settings.account_of(strategy), strategy.id))


def _of_scope(limits: Limits, scope: Scope) -> Iterator[dict[str, str]]:
    yield from _written(limits, scope)
    for row in limits.symbols:
        yield from _written(row, Scope(scope.account, scope.strategy, row.symbol))


def _written(table: LimitTable, scope: Scope) -> Iterator[dict[str, str]]:
    """The limits as the configuration writes them."""
    texts = dict(table)
    for key in LIMITS:
        if texts.get(key) is not None:
            yield {"scope": str(scope), "limit": key, "value": str(texts[key])}
