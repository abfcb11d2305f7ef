"""Questions that need no key: instruments, prices, the time, the state of the system."""

from typing import Any

from portfolio.model.decimals import plain
from tests.simulators.bybit.answers import Refused
from tests.simulators.bybit.instruments import Listing
from tests.simulators.bybit.pages import limit_of
from tests.simulators.bybit.placing import Params
from tests.simulators.bybit.venue import Venue

FUNDING_EVERY_MS = 8 * 3_600_000


def server_time(venue: Venue, params: Params) -> dict[str, Any]:
    now_ms = venue.clock.now_ms()
    return {"timeSecond": str(now_ms // 1000), "timeNano": str(now_ms * 1_000_000)}


def instruments(venue: Venue, params: Params) -> dict[str, Any]:
    """What is listed in a category; futures and perpetuals come in pages."""
    category, status = params.get("category"), params.get("status")
    if category not in ("linear", "inverse", "spot", "option"):
        raise Refused(10001, "params error: Category is invalid")
    rows = [
        item
        for item in venue.listings.values()
        if item.category == category
        and params.get("symbol") in (None, item.id)
        and params.get("baseCoin") in (None, item.instrument.base)
        and (item.status == status if status else item.status != "Closed")
    ]
    if category == "spot":
        return {"category": category, "list": [item.told() for item in rows]}
    limit, start = limit_of(params, 500, 1000), int(str(params.get("cursor") or "0").removeprefix("page_"))
    cursor = f"page_{start + limit}" if len(rows) > start + limit else ""
    return {
        "category": category,
        "list": [item.told() for item in rows[start : start + limit]],
        "nextPageCursor": cursor,
    }


def tickers(venue: Venue, params: Params) -> dict[str, Any]:
    category = params.get("category")
    if symbol := params.get("symbol"):
        rows = [venue.listing(category, str(symbol))]
    else:
        rows = [item for item in venue.listings.values() if item.category == category]
    return {"category": category, "list": [ticker_told(venue, item) for item in rows]}


def order_book(venue: Venue, params: Params) -> dict[str, Any]:
    listing = venue.listing(params.get("category"), params.get("symbol"))
    price, now_ms = venue.price(listing), venue.clock.now_ms()
    return {
        "s": listing.id,
        "b": [[plain(price.bid), "25"]],
        "a": [[plain(price.ask), "25"]],
        "ts": now_ms,
        "u": venue.sequence,
        "seq": venue.sequence,
        "cts": now_ms,
    }


def ticker_told(venue: Venue, listing: Listing) -> dict[str, Any]:
    """The ticker; spot has its own fields."""
    price = venue.price(listing)
    bid, ask, last = plain(price.bid), plain(price.ask), plain(price.bid)
    day = {
        "lastPrice": last,
        "prevPrice24h": last,
        "price24hPcnt": "0",
        "highPrice24h": ask,
        "lowPrice24h": bid,
        "turnover24h": "1570383121.943499",
        "volume24h": "91705.276",
    }
    best = {"bid1Price": bid, "bid1Size": "25", "ask1Price": ask, "ask1Size": "25"}
    if listing.is_spot:
        return {"symbol": listing.id, **best, **day, "usdIndexPrice": last}
    now_ms = venue.clock.now_ms()
    return {
        "symbol": listing.id,
        **best,
        **day,
        "prevPrice1h": last,
        "indexPrice": last,
        "markPrice": plain(price.mark),
        "openInterest": "68744.761",
        "openInterestValue": "1183601235.91",
        "fundingRate": "0.0001",
        "nextFundingTime": str((now_ms // FUNDING_EVERY_MS + 1) * FUNDING_EVERY_MS),
        "predictedDeliveryPrice": "",
        "basisRate": "",
        "deliveryFeeRate": "",
        "deliveryTime": str(listing.delivery_ms),
        "basis": "",
        "preOpenPrice": "",
        "preQty": "",
        "curPreListingPhase": "",
        "fundingIntervalHour": "8",
        "fundingCap": "0.005",
    }


def coins(venue: Venue) -> dict[str, Any]:
    """Every coin that anything is traded in."""
    names = {name for item in venue.listings.values() for name in (item.instrument.base, item.instrument.quote)}
    rows = [
        {
            "name": name,
            "coin": name,
            "remainAmount": "150",
            "chains": [
                {
                    "chainType": name,
                    "confirmation": "6",
                    "withdrawFee": "0.0005",
                    "depositMin": "0",
                    "withdrawMin": "0.001",
                    "chain": name,
                    "chainDeposit": "1",
                    "chainWithdraw": "1",
                    "minAccuracy": "8",
                    "withdrawPercentageFee": "0",
                    "contractAddress": "",
                }
            ],
        }
        for name in sorted(names - {"USD"})
    ]
    return {"rows": rows}
