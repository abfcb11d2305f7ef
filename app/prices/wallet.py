"""What the accounts own, valued by public prices, and written down from time to time."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.engine import Engine
from app.prices.desk import PriceDesk
from app.prices.wallet_asking import ask_for_values
from app.settings import Settings
from app.storage.reading import Reader
from portfolio.model.command import TakeWalletSnapshot
from portfolio.model.identifiers import AccountId
from portfolio.model.worth import WalletPart, WalletSnapshot
from portfolio.owning import owned_by
from portfolio.prices.labels import is_down
from portfolio.prices.net_worth import NetWorth, WorthChange, assets_of, change_since, net_worth
from portfolio.prices.source import SourceState
from portfolio.prices.ticker import Venue
from portfolio.prices.valuing import Valuer

log = structlog.get_logger("wallet")

USUAL_CURRENCIES = ("USD", "USDT", "USDC", "EUR", "GBP", "BTC", "ETH")
"""What a snapshot is kept in besides its own, where somebody quotes the rate."""
LOOK_AGAIN_S = 1.0
SETTLE_S = 10.0
RETRY_S = 300.0


class CurrencyUnknown(Exception):
    """Nobody quotes the currency and no account has it."""


class NothingPriced(Exception):
    """There is something, and nobody priced any of it: not worth writing down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletView:
    """`states` are of the venues, where any was asked. `snapshot` is the last one, `change` what has become of it."""

    time: datetime
    worth: NetWorth
    venues: dict[AccountId, Venue]
    snapshot: WalletSnapshot | None
    change: WorthChange | None
    states: tuple[SourceState, ...]
    now_s: float


@dataclass(slots=True, kw_only=True)
class WalletDesk:
    settings: Settings
    prices: PriceDesk
    engine: Engine
    reader: Reader
    clock: Callable[[], datetime]

    @property
    def currency(self) -> str:
        return self.settings.portfolio.currency

    async def look(self, currency: str | None = None, account: AccountId | None = None) -> WalletView:
        """The wallet as it is now, in the portfolio's currency where none is named.

        Venues are asked only for what has to be converted. Raises CurrencyUnknown, NotStored, StorageUnavailable.
        """
        target = currency or self.currency
        accounts = {account} if account else set(self._venues())
        snapshot = await self.reader.last_wallet_snapshot()
        parts = owned_by(self.engine.book, sorted(accounts))
        pairs = [(self._coin(part), target) for part in parts]
        if snapshot is not None and target not in snapshot.rates:
            pairs.append((snapshot.currency, target))
        is_asked = any(coin != target for coin, _ in pairs)
        await ask_for_values(self.prices, pairs)
        if is_asked and target != self.currency:
            self._require_known(target, parts)
        return self._view(parts, target, accounts, snapshot, is_asked=is_asked)

    async def take_snapshot(self, currency: str | None = None, account: AccountId | None = None) -> WalletView:
        """The wallet as before, with what became of it since the last snapshot, and a new one on disk.

        Raises NothingPriced, and what `look` raises.
        """
        view = await self.look(currency, account)
        kept = await self.look()
        await self._keep(kept.worth)
        return view

    async def run(self) -> None:
        """A snapshot is taken at the start where the last one is older than a day, and then at round times."""
        every = timedelta(hours=self.settings.prices.wallet.snapshot_every_h)
        if not every:
            await asyncio.Event().wait()
        await self._until_ready()
        snapshot = await self.reader.last_wallet_snapshot()
        if snapshot is None or self.clock() - snapshot.time >= timedelta(days=1):
            await self._take_when_priced()
        while True:
            await asyncio.sleep((next_round(self.clock(), every) - self.clock()).total_seconds())
            await self._take_when_priced()

    async def _until_ready(self) -> None:
        """Until the books agree with the venues' nobody knows what is owned."""
        while True:
            if self.engine.is_ready:
                return
            await asyncio.sleep(LOOK_AGAIN_S)

    async def _take_when_priced(self) -> None:
        """A venue that does not answer gets a second chance; what has no price then is kept without one."""
        if any(self._coin(part) != self.currency for part in owned_by(self.engine.book, self._venues())):
            await asyncio.sleep(SETTLE_S)
        view = await self.look()
        if any(row.value is None for row in view.worth.rows) and any(is_down(state) for state in view.states):
            await asyncio.sleep(RETRY_S)
            view = await self.look()
        try:
            await self._keep(view.worth)
        except NothingPriced:
            log.warning("no snapshot of the wallet was taken: nobody priced anything of it")

    async def _keep(self, worth: NetWorth) -> None:
        if worth.rows and all(row.value is None for row in worth.rows):
            raise NothingPriced("nobody prices anything of the wallet; no snapshot was taken")
        valuer = self._valuer()
        rates = {target: valuer.rate(worth.currency, target) for target in USUAL_CURRENCIES if target != worth.currency}
        quoted = {target: rate.mid for target, rate in rates.items() if rate is not None}
        await self.engine.execute(TakeWalletSnapshot(worth.currency, assets_of(worth), quoted))

    def _view(
        self,
        parts: list[WalletPart],
        target: str,
        accounts: set[AccountId],
        snapshot: WalletSnapshot | None,
        *,
        is_asked: bool,
    ) -> WalletView:
        valuer, venues = self._valuer(), self._venues()
        worth = net_worth(parts, target, valuer, venues.__getitem__)
        return WalletView(
            time=self.clock(),
            worth=worth,
            venues={name: venue for name, venue in venues.items() if name in accounts},
            snapshot=snapshot,
            change=change_since(snapshot, worth, valuer, accounts) if snapshot else None,
            states=tuple(self.prices.states(self.prices.venues)) if is_asked else (),
            now_s=self.prices.clock(),
        )

    def _valuer(self) -> Valuer:
        glance = self.prices.glance()
        return Valuer(glance.converter, glance.terms)

    def _venues(self) -> dict[AccountId, Venue]:
        return {account.id: account.venue for account in self.settings.accounts}

    def _coin(self, part: WalletPart) -> str:
        return self.prices.terms.assets.of(self._venues()[part.account], part.currency)

    def _require_known(self, target: str, parts: Iterable[WalletPart]) -> None:
        """A currency that is misspelled is told as such, once there is somebody who could know it."""
        listings = self.prices.listings.values()
        if not listings or any(part.currency == target for part in parts):
            return
        if not any(target in (market.base, market.quote) for listing in listings for market in listing.values()):
            raise CurrencyUnknown(f"no venue has a market in {target}")


def next_round(now: datetime, every: timedelta) -> datetime:
    """The next moment that is a whole number of steps after 00:00 UTC."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + every * ((now - midnight) // every + 1)
