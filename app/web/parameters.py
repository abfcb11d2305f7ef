"""What a caller of the API may pass, checked: each fault names its field and value."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from quart import request

from app.intake.body import parse_body
from app.intake.refusal import FieldError
from app.storage.reading import Page
from app.web.access import body_of
from app.web.filters import Filters
from app.web.problems import Problem
from portfolio.model.identifiers import AccountId
from portfolio.model.scope import PORTFOLIO, Scope
from portfolio.setup import Setup

MOST_ITEMS = 1000
USUAL_ITEMS = 100
MOST_BEFORE = 2**63 - 1


def page_of_request(filters: Filters) -> Page:
    """`limit` (1 to 1000), `before`, and the filters this collection has. Raises a 422 problem for anything else."""
    errors: list[FieldError] = []
    limit = _whole_number("limit", USUAL_ITEMS, 1, MOST_ITEMS, errors)
    before = _whole_number("before", None, 0, MOST_BEFORE, errors)
    chosen: dict[str, str | tuple[str, ...]] = {}
    for name in request.args:
        if name in filters:
            chosen[name] = _chosen(name, filters[name], errors)
        elif name not in ("limit", "before"):
            errors.append(FieldError.of(name, request.args[name], f"unknown; known: {_listed(filters)}"))
    if errors:
        raise Problem(422, "INVALID_PARAMETER", "; ".join(f"{e.field}: {e.message}" for e in errors), errors)
    return Page(limit or USUAL_ITEMS, before, chosen)


def _chosen(name: str, values: Sequence[str] | None, errors: list[FieldError]) -> str:
    value = request.args[name]
    if values is not None and value not in values:
        errors.append(FieldError.of(name, value, f"must be one of {', '.join(values)}"))
    return value


def _listed(filters: Collection[str]) -> str:
    return ", ".join(["limit", "before", *sorted(filters)])


def _whole_number(name: str, default: int | None, least: int, most: int, errors: list[FieldError]) -> int | None:
    text = request.args.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most:
        return int(text)
    errors.append(FieldError.of(name, text, f"expected a whole number from {least} to {most}"))
    return default


async def body_of_request(known: Collection[str]) -> dict[str, Any]:
    """The request's JSON object, empty where there is no body. Raises a 422 problem for an unknown key."""
    raw = await body_of(request)
    body = parse_body(raw) if raw.strip() else {}
    unknown = [FieldError.of(name, value, f"unknown; known: {', '.join(known)}") for name, value in body.items()]
    errors = [error for error in unknown if error.field not in known]
    if errors:
        raise Problem(422, "INVALID_FIELD", "; ".join(f"{e.field}: {e.message}" for e in errors), errors)
    return body


async def scope_of_request(setup: Setup) -> Scope:
    """The portfolio, an account or a strategy, as the body says. Raises a 404 problem for one that does not exist."""
    body = await body_of_request(("account", "strategy"))
    account, strategy = body.get("account"), body.get("strategy")
    if account is not None and (not isinstance(account, str) or account not in setup.accounts):
        raise not_found("account", account, setup.accounts)
    if strategy is None:
        return Scope(account) if account else PORTFOLIO
    if not isinstance(strategy, str) or strategy not in setup.strategies:
        raise not_found("strategy", strategy, setup.strategies)
    owner = setup.strategies[strategy].account
    if account not in (None, owner):
        error = FieldError.of("account", account, f"strategy {strategy} belongs to account {owner}")
        raise Problem(422, "INVALID_FIELD", f"account: {error.message}", [error])
    return Scope(owner, strategy)


async def account_of_request(setup: Setup) -> AccountId | None:
    """The account that the body names, None for all. Raises a 404 problem for one that does not exist."""
    account = (await body_of_request(("account",))).get("account")
    if account is not None and (not isinstance(account, str) or account not in setup.accounts):
        raise not_found("account", account, setup.accounts)
    return account


def not_found(field: str, value: Any, known: Collection[str]) -> Problem:
    error = FieldError.of(field, value, f"is not known; known: {', '.join(sorted(known))}")
    return Problem(404, f"UNKNOWN_{field.upper()}", f"{field}: {error.message}", [error])


@dataclass(frozen=True, slots=True)
class QuotePosted:
    symbol: str
    bid: Decimal
    ask: Decimal
    accounts: tuple[str, ...]


async def quote_of_request(setup: Setup) -> QuotePosted:
    """A quote for every account, or the one named, that knows the symbol and whose venue tells it no prices. Raises a
    404, 409 or 422 problem."""
    body = await body_of_request(("symbol", "bid", "ask", "account"))
    wanted, symbol = body.get("account"), body.get("symbol")
    if wanted is not None and (not isinstance(wanted, str) or wanted not in setup.accounts):
        raise not_found("account", wanted, setup.accounts)
    known = isinstance(symbol, str)
    accounts = [a for a, its in setup.accounts.items() if wanted in (None, a) and known and symbol in its.instruments]
    if not isinstance(symbol, str) or not accounts:
        raise Problem(404, "UNKNOWN_SYMBOL", "symbol: is not known", [FieldError.of("symbol", symbol, "is not known")])
    posted = tuple(account for account in accounts if setup.accounts[account].trusts_signal_price)
    if not posted:
        raise _priced_by_venue(setup, accounts[0])
    bid, ask = _price(body, "bid"), _price(body, "ask")
    if bid > ask:
        error = FieldError.of("bid", bid, f"is above the ask {ask}")
        raise Problem(422, "INVALID_FIELD", f"bid: {error.message}", [error])
    return QuotePosted(symbol, bid, ask, posted)


def _priced_by_venue(setup: Setup, account: AccountId) -> Problem:
    source = setup.accounts[account].feed or "its venue"
    error = FieldError.of("account", account, f"takes its prices from {source}: none can be posted")
    return Problem(409, "PRICED_BY_VENUE", f"account: {account} {error.message}", [error])


def _price(body: dict[str, Any], name: str) -> Decimal:
    value = body.get(name)
    try:
        number = Decimal(value) if isinstance(value, str | Decimal) else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or not Decimal("1E-18") <= number <= Decimal("1E18"):
        error = FieldError.of(name, value, "expected a positive number")
        raise Problem(422, "INVALID_FIELD", f"{name}: {error.message}", [error])
    return number
