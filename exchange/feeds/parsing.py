"""How a driver reads answers: exactly, and no more of them than is needed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from ccxt.base.exchange import BaseExchange

from exchange.feeds.errand import errand_now

_NESTED = ("precision", "limits")


class Parsing:
    """The part of a driver that reads. What ccxt computes besides what a venue says costs twenty times as much."""

    number = Decimal
    heard: list[Any] | None = None
    tells_dates = True

    def parse_number(self: Any, value: Any, default: Any = None) -> Any:
        """Exact, and finite."""
        try:
            number = Decimal(value if isinstance(value, str | int | Decimal) else str(value))
        except (ArithmeticError, ValueError):
            return default
        return number if number.is_finite() else default

    @staticmethod
    def safe_string(dictionary: Any, key: Any, default_value: Any = None) -> Any:
        """As ccxt's, without the exception that a key which is not there costs: most are not."""
        try:
            value = dictionary.get(key) if type(dictionary) is dict else dictionary[key]
        except (LookupError, TypeError):
            return default_value
        kind = type(value)
        if kind is str:
            return value or default_value
        return str(value) if kind is int or kind is float else default_value

    def safe_currency_code(self: Any, currencyId: Any, currency: Any = None) -> Any:  # noqa: N803
        """ccxt makes a whole currency for each code that it does not know; the code stays what it is."""
        if type(currencyId) is not str:
            return super().safe_currency_code(currencyId, currency)  # type: ignore[misc]
        if (code := self.known_codes.get(currencyId)) is None:
            code = self.known_codes[currencyId] = super().safe_currency_code(currencyId, currency)  # type: ignore[misc]
        return code

    def parse_order_book_bid_ask(self: Any, bidask: Any, priceKey: Any = 0, amountKey: Any = 1, *_: Any) -> Any:  # noqa: N803
        return [self.safe_number(bidask, priceKey), self.safe_number(bidask, amountKey)]

    def iso8601(self: Any, timestamp: Any = None) -> Any:
        return super().iso8601(timestamp) if self.tells_dates else None  # type: ignore[misc]

    @contextmanager
    def without_dates(self) -> Iterator[None]:
        """Nobody reads a ticker's time as text."""
        self.tells_dates = False
        try:
            yield
        finally:
            self.tells_dates = True

    def safe_ticker(self: Any, ticker: Any, market: Any = None) -> Any:
        """As the venue's own parser made it."""
        if self.heard is not None:
            self.heard.append(ticker)
        return ticker

    def parse_tickers(self: Any, tickers: Any, symbols: Any = None, params: Any = None) -> Any:
        """By symbol; of those that are not wanted, most are not even parsed."""
        wanted = errand_now().wanted
        rows = list(tickers.items()) if isinstance(tickers, dict) else [(None, row) for row in tickers]
        parsed = {}
        with self.without_dates():
            for market_id, row in _chosen(self, rows, wanted):
                market = self.safe_market(market_id) if market_id is not None else None
                ticker = self.parse_ticker(row, market) if market is not None else self.parse_ticker(row)
                parsed[ticker["symbol"]] = ticker
        return parsed

    def set_markets(self: Any, markets: Any, currencies: Any = None) -> Any:
        """As ccxt does, but for the precision of currencies, which takes most of its time and is of no use here."""
        self.known_codes.clear()
        base = super().set_markets  # type: ignore[misc]
        if base.__func__ is not BaseExchange.set_markets:
            return base(markets, currencies)
        listed = sorted(self.to_array(markets), key=lambda raw: raw.get("spot") is not True)
        plain = {**self.safe_market_structure(), **(self.fees.get("trading") or {})}
        whole = [_whole(raw, plain) for raw in listed]
        by_id: dict[str, list[Any]] = {}
        for market in whole:
            by_id.setdefault(market["id"], []).append(market)
        self.markets = {market["symbol"]: market for market in whole}
        self.markets_by_id, self.symbols, self.ids = by_id, sorted(self.markets), sorted(by_id, key=str)
        self.currencies = {**(self.currencies or {}), **_currencies(whole)}
        self.currencies_by_id = {currency["id"]: currency for currency in self.currencies.values()}
        self.codes = sorted(self.currencies)
        return self.markets


def _whole(raw: Mapping[str, Any], plain: Mapping[str, Any]) -> dict[str, Any]:
    """The market with what is the same for all of the venue where it says nothing itself."""
    market = {**plain, **{key: value for key, value in raw.items() if value is not None}}
    for key in _NESTED:
        market[key] = {**plain[key], **(raw.get(key) or {})}
    market["subType"] = "linear" if market["linear"] is True else "inverse" if market["inverse"] is True else None
    return market


def _currencies(markets: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    found = {}
    for market in markets:
        for side in ("base", "quote"):
            if (code := market[side]) is not None:
                found[code] = {"id": market.get(f"{side}Id") or code, "code": code, "precision": None}
    return found


def _chosen(driver: Any, rows: list[Any], wanted: frozenset[str] | None) -> list[Any]:
    """The rows whose market is wanted, where the venue's id of it stands in them under a name that can be found."""
    if wanted is None or len(rows) <= len(wanted):
        return rows
    ids = {driver.markets[symbol]["id"] for symbol in wanted if symbol in driver.markets}
    if rows[0][0] is not None:
        return [row for row in rows if row[0] in ids]
    key = _key_of_ids(driver, rows)
    return rows if key is None else [row for row in rows if isinstance(row[1], dict) and row[1].get(key) in ids]


def _key_of_ids(driver: Any, rows: list[Any]) -> str | None:
    for _, row in rows[:5]:
        for key, value in row.items() if isinstance(row, dict) else ():
            if isinstance(value, str) and value in driver.markets_by_id:
                return str(key)
    return None
