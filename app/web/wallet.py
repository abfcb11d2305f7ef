"""What the accounts own, valued by public prices."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

from quart import Blueprint, Response, request

from app.intake.refusal import FieldError
from app.prices.wallet import CurrencyUnknown, NothingPriced, WalletView
from app.prices.wallet_answers import WalletAnswer, WalletSnapshotItem
from app.prices.wallet_items import snapshot_item, wallet_answer
from app.service import Service
from app.storage.reading import WALLET_SNAPSHOTS
from app.storage.rows import wallet_snapshot_from
from app.web import filters
from app.web.answers import Page
from app.web.described import TOKEN, Described
from app.web.parameters import not_found, page_of_request
from app.web.problems import Problem
from app.web.responses import json_response
from portfolio.model.identifiers import AccountId

_CURRENCY = re.compile(r"[A-Za-z0-9.]{1,16}")
_OURS: dict[str, Any] = {"tag": "prices", "security": (TOKEN,)}
_WALLET: dict[str, Any] = {
    **_OURS,
    "answers": {200: WalletAnswer},
    "filters": filters.WALLET,
    "problems": (401, 404, 422, 429, 500, 503),
}


def add_wallet(blueprint: Blueprint, service: Service) -> None:
    desk = service.wallet

    @blueprint.get("/wallet")
    @Described(**_WALLET)
    async def wallet() -> Response:
        """What the accounts own and what it is worth in any currency.

        Balances with what is free of them, what resting orders and margin lock, and the profit that is not realised,
        at the prices of now: the venues of `[prices]` are asked, all at once, for what has to be converted. `currency`
        left out is the portfolio's, `account` left out is all of them.
        """
        return await _answered(desk.look, service)

    @blueprint.post("/wallet/snapshots")
    @Described(**_WALLET)
    async def take_wallet_snapshot() -> Response:
        """Write down what all accounts are worth now; the answer is the wallet, with its change until this snapshot."""
        return await _answered(desk.take_snapshot, service)

    @blueprint.get("/wallet/snapshots")
    @Described(answers={200: Page[WalletSnapshotItem]}, is_paged=True, problems=(401, 422, 429, 500, 503), **_OURS)
    async def wallet_snapshots() -> Response:
        """What all accounts were worth, newest first."""
        found = await service.reader.page(WALLET_SNAPSHOTS, page_of_request({}))
        following = str(found.next) if found.next is not None else None
        items = [snapshot_item(wallet_snapshot_from(row)) for row in found.items]
        return json_response({"items": items, "next": following})


async def _answered(
    look: Callable[[str | None, AccountId | None], Awaitable[WalletView]], service: Service
) -> Response:
    currency, account = _asked(service)
    try:
        return json_response(wallet_answer(await look(currency, account)))
    except CurrencyUnknown as error:
        raise _wrong("currency", currency or "", str(error)) from None
    except NothingPriced as error:
        raise Problem(503, "NO_PRICES", str(error)) from None


def _asked(service: Service) -> tuple[str | None, AccountId | None]:
    """Raises a 404 or 422 problem that names the parameter."""
    for name in request.args:
        if name not in filters.WALLET:
            raise _wrong(name, request.args[name], f"unknown; known: {', '.join(sorted(filters.WALLET))}")
    currency, account = request.args.get("currency"), request.args.get("account")
    if currency is not None and not _CURRENCY.fullmatch(currency):
        raise _wrong("currency", currency, "expected a currency such as EUR")
    if account is not None and account not in service.setup.accounts:
        raise not_found("account", account, service.setup.accounts)
    return (currency.upper() if currency and currency.islower() else currency), account


def _wrong(field: str, value: str, why: str) -> Problem:
    return Problem(422, "INVALID_PARAMETER", f"{field}: {why}", [FieldError.of(field, value, why)])
