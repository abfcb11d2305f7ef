"""What is listed: terms like Bybit's own, as the matching engine takes them and as instruments-info tells them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from portfolio.model.decimals import plain
from portfolio.model.instrument import Family, Instrument

_LINEAR = (
    # base, lot, tick, max_leverage, max_quantity
    ("BTC", "0.001", "0.1", 100, "1190"),
    ("ETH", "0.01", "0.01", 100, "7240"),
    ("SOL", "0.1", "0.01", 100, "79900"),
    ("XRP", "0.1", "0.0001", 75, "1500000"),
    ("DOGE", "1", "0.00001", 75, "13000000"),
    ("LTC", "0.1", "0.01", 50, "24000"),
    ("BNB", "0.01", "0.1", 50, "2000"),
    ("ADA", "1", "0.0001", 75, "4800000"),
    ("LINK", "0.1", "0.001", 50, "80000"),
    ("AVAX", "0.1", "0.001", 50, "50000"),
)
_SPOT = (
    ("BTC", "0.000001", "0.01", "71.7"),
    ("ETH", "0.00001", "0.01", "1229.2"),
    ("SOL", "0.001", "0.01", "36000"),
    ("XRP", "0.01", "0.0001", "1500000"),
)
_INVERSE = (
    ("BTC", "0.1", "25000000"),
    ("ETH", "0.01", "25000000"),
    ("SOL", "0.001", "300000"),
    ("XRP", "0.0001", "5000000"),
)
_SCALE = {"0.1": "1", "0.01": "2", "0.001": "3", "0.0001": "4", "0.00001": "5"}


@dataclass(slots=True)
class Listing:
    """A symbol of one category. `leverage` is what the account has set; `status` other than Trading takes no order."""

    category: str
    id: str
    instrument: Instrument
    status: str = "Trading"
    leverage: Decimal = Decimal(10)
    delivery_ms: int = 0

    @property
    def is_spot(self) -> bool:
        return self.category == "spot"

    def told(self) -> dict[str, Any]:
        """The entry of instruments-info."""
        return self._spot_entry() if self.is_spot else self._contract_entry()

    def _spot_entry(self) -> dict[str, Any]:
        item = self.instrument
        return {
            "symbol": self.id,
            "baseCoin": item.base,
            "quoteCoin": item.quote,
            "innovation": "0",
            "status": self.status,
            "marginTrading": "utaOnly",
            "stTag": "0",
            "lotSizeFilter": {
                "basePrecision": plain(item.lot),
                "quotePrecision": "0.00000001",
                "minOrderQty": plain(item.min_quantity),
                "maxOrderQty": plain(item.max_quantity),
                "minOrderAmt": plain(item.min_cost),
                "maxOrderAmt": "8000000",
                "maxLimitOrderQty": plain(item.max_quantity),
                "maxMarketOrderQty": plain(item.max_quantity / 2),
                "postOnlyMaxLimitOrderSize": plain(item.max_quantity * 3),
            },
            "priceFilter": {"tickSize": plain(item.tick)},
            "riskParameters": {"priceLimitRatioX": "0.005", "priceLimitRatioY": "0.01"},
        }

    def _contract_entry(self) -> dict[str, Any]:
        item = self.instrument
        is_inverse = item.is_inverse
        return {
            "symbol": self.id,
            "contractType": "InversePerpetual" if is_inverse else "LinearPerpetual",
            "status": self.status,
            "baseCoin": item.base,
            "quoteCoin": item.quote,
            "launchTime": "1584230400000",
            "deliveryTime": str(self.delivery_ms),
            "deliveryFeeRate": "",
            "priceScale": _SCALE.get(plain(item.tick), "2"),
            "leverageFilter": {
                "minLeverage": "1",
                "maxLeverage": f"{MOST_LEVERAGE[self.category, self.id]:.2f}",
                "leverageStep": "0.01",
            },
            "priceFilter": {
                "minPrice": plain(item.tick),
                "maxPrice": "1999999.80",
                "tickSize": plain(item.tick),
            },
            "lotSizeFilter": {
                "maxOrderQty": plain(item.max_quantity),
                "minOrderQty": plain(item.min_quantity),
                "qtyStep": plain(item.lot),
                "postOnlyMaxOrderQty": plain(item.max_quantity),
                "maxMktOrderQty": plain(item.max_quantity),
                **({} if is_inverse else {"minNotionalValue": plain(item.min_cost)}),
            },
            "unifiedMarginTrade": True,
            "fundingInterval": 480,
            "settleCoin": item.settle,
            "copyTrading": "none",
            "upperFundingRate": "0.00375",
            "lowerFundingRate": "-0.00375",
            "isPreListing": False,
            "preListingInfo": None,
        }


def _linear(base: str, lot: str, tick: str, leverage: int, most: str) -> Instrument:
    return Instrument(
        symbol=f"{base}/USDT:USDT",
        base=base,
        quote="USDT",
        settle="USDT",
        contract_size=Decimal(1),
        lot=Decimal(lot),
        tick=Decimal(tick),
        min_quantity=Decimal(lot),
        max_quantity=Decimal(most),
        min_cost=Decimal(5),
        max_leverage=Decimal(leverage),
    )


def _spot(base: str, lot: str, tick: str, most: str) -> Instrument:
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
        max_quantity=Decimal(most),
        min_cost=Decimal(5),
        max_leverage=Decimal(1),
    )


def _inverse(base: str, tick: str, most: str) -> Instrument:
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
        max_quantity=Decimal(most),
        min_cost=Decimal(1),
        max_leverage=Decimal(100),
    )


def listings() -> list[Listing]:
    """Everything that is listed at the start, each with the leverage that a new account has."""
    return [
        *(Listing("linear", f"{terms[0]}USDT", _linear(*terms)) for terms in _LINEAR),
        *(Listing("spot", f"{terms[0]}USDT", _spot(*terms)) for terms in _SPOT),
        *(Listing("inverse", f"{terms[0]}USD", _inverse(*terms)) for terms in _INVERSE),
    ]


MOST_LEVERAGE = {(item.category, item.id): item.instrument.max_leverage for item in listings()}
START_PRICES = {
    # base: bid, ask
    "BTC": ("64999.9", "65000"),
    "ETH": ("3199.99", "3200"),
    "SOL": ("149.99", "150"),
    "XRP": ("0.5999", "0.6"),
    "DOGE": ("0.14999", "0.15"),
    "LTC": ("79.99", "80"),
    "BNB": ("599.9", "600"),
    "ADA": ("0.4499", "0.45"),
    "LINK": ("14.999", "15"),
    "AVAX": ("29.999", "30"),
}
