"""What the simulated venue lists, told as BitMEX told it: one of each family, and one that the desk cannot trade."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from portfolio.model.instrument import Family, Instrument

# What one coin is in the units of the wire.
SCALES = {"XBt": Decimal(10) ** 8, "USDt": Decimal(10) ** 6}
CODES = {"XBt": "BTC", "USDt": "USDT"}
WIRE_CODES = {code: wire for wire, code in CODES.items()}


@dataclass(frozen=True, slots=True)
class Contract:
    """`instrument` is what the matching engine trades; `unit` what one of the wire's quantities is of the engine's."""

    instrument: Instrument
    unit: Decimal
    document: dict[str, Any] = field(hash=False)

    @property
    def wire(self) -> str:
        return str(self.document["symbol"])

    @property
    def settle_wire(self) -> str:
        return WIRE_CODES[self.instrument.settle]


def _document(**terms: Any) -> dict[str, Any]:
    return {
        "state": "Open",
        "listing": "2016-05-13T12:00:00.000Z",
        "front": "2016-05-13T12:00:00.000Z",
        "expiry": None,
        "settle": None,
        "reference": "BMEX",
        "maxPrice": 1000000,
        "isQuanto": False,
        "isInverse": False,
        "initMargin": 0.01,
        "maintMargin": 0.005,
        "makerFee": 0.0002,
        "takerFee": 0.0005,
        "settlementFee": 0,
        "fundingInterval": "2000-01-01T08:00:00.000Z",
        "hasLiquidity": True,
        **terms,
    }


XBTUSD = Contract(
    Instrument(
        symbol="BTC/USD:BTC",
        base="BTC",
        quote="USD",
        settle="BTC",
        family=Family.INVERSE,
        contract_size=Decimal(1),
        lot=Decimal(100),
        tick=Decimal("0.1"),
        min_quantity=Decimal(100),
        max_quantity=Decimal(10_000_000),
    ),
    Decimal(1),
    _document(
        symbol="XBTUSD",
        rootSymbol="XBT",
        typ="FFWCSX",
        positionCurrency="USD",
        underlying="XBT",
        quoteCurrency="USD",
        settlCurrency="XBt",
        maxOrderQty=10_000_000,
        lotSize=100,
        tickSize=0.1,
        multiplier=-100_000_000,
        underlyingToPositionMultiplier=None,
        underlyingToSettleMultiplier=-100_000_000,
        quoteToSettleMultiplier=None,
        isInverse=True,
    ),
)
XBTUSDT = Contract(
    Instrument(
        symbol="BTC/USDT:USDT",
        base="BTC",
        quote="USDT",
        settle="USDT",
        contract_size=Decimal("0.000001"),
        lot=Decimal(100),
        tick=Decimal("0.1"),
        min_quantity=Decimal(100),
        max_quantity=Decimal(1_000_000_000),
    ),
    Decimal(1),
    _document(
        symbol="XBTUSDT",
        rootSymbol="XBT",
        typ="FFWCSX",
        positionCurrency="XBT",
        underlying="XBT",
        quoteCurrency="USDT",
        settlCurrency="USDt",
        maxOrderQty=1_000_000_000,
        lotSize=100,
        tickSize=0.1,
        multiplier=1,
        underlyingToPositionMultiplier=1_000_000,
        underlyingToSettleMultiplier=None,
        quoteToSettleMultiplier=1_000_000,
    ),
)
XBT_USDT = Contract(
    Instrument(
        symbol="BTC/USDT",
        base="BTC",
        quote="USDT",
        settle="USDT",
        family=Family.SPOT,
        contract_size=Decimal(1),
        lot=Decimal("0.0001"),
        tick=Decimal("0.1"),
        min_quantity=Decimal("0.0001"),
        max_quantity=Decimal(100),
        max_leverage=Decimal(1),
    ),
    Decimal("0.00000001"),
    _document(
        symbol="XBT_USDT",
        rootSymbol="XBT",
        typ="IFXXXP",
        positionCurrency="XBT",
        underlying="XBT",
        quoteCurrency="USDT",
        settlCurrency="",
        maxOrderQty=10_000_000_000,
        lotSize=10_000,
        tickSize=0.1,
        multiplier=1,
        underlyingToPositionMultiplier=100_000_000,
        underlyingToSettleMultiplier=None,
        quoteToSettleMultiplier=1_000_000,
    ),
)
CONTRACTS = {contract.wire: contract for contract in (XBTUSD, XBTUSDT, XBT_USDT)}
SYMBOLS = {contract.instrument.symbol: contract for contract in CONTRACTS.values()}
# ETHUSD is a quanto: margin and profit in bitcoin at a fixed rate, which no instrument of the desk can say.
LISTED_ONLY = (
    _document(
        symbol="ETHUSD",
        rootSymbol="ETH",
        typ="FFWCSX",
        positionCurrency="",
        underlying="ETH",
        quoteCurrency="USD",
        settlCurrency="XBt",
        maxOrderQty=10_000_000,
        lotSize=1,
        tickSize=0.05,
        multiplier=100,
        underlyingToPositionMultiplier=None,
        underlyingToSettleMultiplier=None,
        quoteToSettleMultiplier=None,
        isQuanto=True,
    ),
    _document(
        symbol="XBTM26",
        rootSymbol="XBT",
        state="Settled",
        typ="FFCCSX",
        expiry="2026-06-26T12:00:00.000Z",
        settle="2026-06-26T12:00:00.000Z",
        positionCurrency="USD",
        underlying="XBT",
        quoteCurrency="USD",
        settlCurrency="XBt",
        maxOrderQty=10_000_000,
        lotSize=100,
        tickSize=0.5,
        multiplier=-100_000_000,
        underlyingToPositionMultiplier=None,
        underlyingToSettleMultiplier=-100_000_000,
        quoteToSettleMultiplier=None,
        isInverse=True,
    ),
)


def _asset(asset: str, currency: str, scale: int) -> dict[str, Any]:
    return {
        "asset": asset,
        "currency": currency,
        "majorCurrency": asset,
        "name": asset,
        "currencyType": "Crypto",
        "scale": scale,
        "enabled": True,
        "isMarginCurrency": True,
        "minDepositAmount": 10000,
        "minWithdrawalAmount": 1000,
        "maxWithdrawalAmount": 100000000000000,
        "networks": [],
    }


ASSETS = [_asset("XBT", "XBt", 8), _asset("USDT", "USDt", 6), _asset("ETH", "Gwei", 9)]
