"""Prices across venues: which, of what, how fresh, and what difference is worth telling."""

from collections.abc import Mapping
from decimal import Decimal

from pydantic import Field

from app.settings.table import Table
from app.settings.urls import RestUrl, StreamUrl
from app.settings.values import Currency, HoursOrNever, Identifier, Positive, Ratio, Seconds, Text, Truth
from exchange.sources import DEFAULT_VENUES


class PriceVenue(Table):
    """What differs at one of the venues. `taker_fee` takes the place of what the venue says."""

    id: Identifier
    taker_fee: Ratio | None = None
    timeout_s: Seconds | None = None
    refresh_s: Seconds | None = None
    stream: Truth = True
    rest_url: RestUrl | None = None
    ws_url: StreamUrl | None = None


class DiscrepancySettings(Table):
    """When two venues differ enough. `size` is in the portfolio's currency: how much the order books must bear.

    An event is told above `alert_above`, net of fees, and again only after the gap was below `rearm_below`, and not
    within `cooldown_s`. A gap above `absurd_above` is taken for an error.
    """

    size: Positive = Decimal(1000)
    alert_above: Ratio = Decimal("0.005")
    rearm_below: Ratio = Decimal("0.003")
    cooldown_s: Seconds = Decimal(300)
    absurd_above: Ratio = Decimal("0.1")


class WalletSettings(Table):
    """How often what the accounts are worth is written down; 0 is only when somebody asks for it."""

    snapshot_every_h: HoursOrNever = 24


class PriceSettings(Table):
    """`symbols` empty watches nothing: prices are asked for when somebody asks. `equivalents` are quote currencies that
    may stand for one another where a venue has no market of the one asked for; they are converted by a quoted rate.
    `assets` says what a venue's code stands for: `kraken:LUNA` is LUNC."""

    venues: tuple[Text, ...] = DEFAULT_VENUES
    symbols: tuple[Text, ...] = ()
    equivalents: tuple[Currency, ...] = ("USD", "USDT", "USDC")
    timeout_s: Seconds = Decimal(5)
    refresh_s: Seconds = Decimal(5)
    max_age_s: Seconds = Decimal(10)
    frozen_after_s: Seconds = Decimal(300)
    assets: Mapping[Text, Text] = Field(default_factory=dict)
    discrepancies: DiscrepancySettings = DiscrepancySettings()
    wallet: WalletSettings = WalletSettings()
    exchanges: tuple[PriceVenue, ...] = ()
