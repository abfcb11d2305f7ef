"""What a test may do to the venue, in this process or by `POST /_control/<name>` with the arguments as JSON."""

import asyncio
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from portfolio.model.decimals import ONE, plain
from tests.simulators.bybit.account import position_told
from tests.simulators.bybit.faults import Fault
from tests.simulators.bybit.instruments import Listing
from tests.simulators.bybit.orders import OrderRecord
from tests.simulators.bybit.signing import ApiKey

if TYPE_CHECKING:
    from tests.simulators.bybit.server import BybitSimulator

Told = dict[str, Any]


class Control:
    """Each public method is a route. Symbols are unified ones, numbers may be text."""

    def __init__(self, simulator: "BybitSimulator") -> None:
        self._simulator = simulator

    def call(self, name: str, arguments: Mapping[str, Any]) -> Told:
        """The named method's answer. Raises LookupError for a name that is none, TypeError for wrong arguments."""
        if name.startswith("_") or name == "call" or not hasattr(self, name):
            raise LookupError(f"no such control: {name}")
        return getattr(self, name)(**arguments) or {}

    # --- the market ----------------------------------------------------------------------------------------------

    def price(self, symbol: str, bid: Any, ask: Any = None) -> None:
        bid_price = Decimal(str(bid))
        self._simulator.filling.show(self._listing(symbol), bid_price, bid_price if ask is None else Decimal(str(ask)))

    def split(self, pieces: int = 1, delay_s: float = 0) -> None:
        """What fills from now on comes in that many executions."""
        venue = self._simulator.venue
        venue.split.pieces, venue.split.delay_s = pieces, delay_s
        venue.terms.fill_ratio = ONE / pieces

    def status(self, symbol: str, status: str) -> None:
        """Delist with `Closed` (unlisted) or `Delivering`; list again with `Trading`."""
        listing = self._listing(symbol)
        if status == "Trading":
            listing.status, listing.delivery_ms = status, 0
        else:
            self._simulator.world.delisted(listing, status)

    # --- the account ---------------------------------------------------------------------------------------------

    def hedge(self, is_hedged: bool = True) -> None:
        """The account is in hedge mode: orders have to say for which half they are, positions tell theirs."""
        self._simulator.venue.is_hedged = is_hedged

    def order(self, **params: Any) -> Told:
        """Somebody else's order on the account, in Bybit's own fields."""
        record = self._simulator.trading.create(params, is_foreign=True)
        return {"orderId": record.order_id, "orderLinkId": record.link_id, "orderStatus": record.status}

    def cancel(self, order_id: str = "", link_id: str = "") -> None:
        """Somebody else cancels the order."""
        venue = self._simulator.venue
        record = venue.orders[order_id] if order_id else venue.links[link_id]
        if record.is_open:
            self._simulator.trading.cancel(record)

    def transfer(self, coin: str, amount: Any) -> None:
        """A deposit; a withdrawal where the amount is negative."""
        self._simulator.world.moved(coin, Decimal(str(amount)))

    def funding(self, symbol: str, rate: Any = "0.0001") -> Told:
        return {"amount": plain(self._simulator.world.funded(self._listing(symbol), Decimal(str(rate))))}

    def liquidate(self, symbol: str, price: Any = None) -> None:
        listing = self._listing(symbol)
        at = self._simulator.venue.price(listing).mark if price is None else Decimal(str(price))
        self._simulator.world.liquidated(listing, at)

    def key(
        self,
        key: str | None = None,
        secret: str | None = None,
        expired: bool | None = None,
        read_only: bool | None = None,
        may_withdraw: bool | None = None,
        permissions: dict[str, list[str]] | None = None,
        expires_at: str | None = None,
        ips: list[str] | None = None,
        removed: bool = False,
    ) -> None:
        """The key (the first one where none is named) is made, or is as told."""
        keys = self._simulator.keys
        name = key or next(iter(keys))
        if removed:
            del keys[name]
            self._simulator.streams.cut_all(private_only=True)
            return
        item = keys.setdefault(name, ApiKey(name, secret or ""))
        item.secret = item.secret if secret is None else secret
        item.expired = item.expired if expired is None else expired
        if expired:
            self._simulator.streams.cut_all(private_only=True)
        item.read_only = item.read_only if read_only is None else read_only
        item.permissions = item.permissions if permissions is None else permissions
        item.expires_at = expires_at or item.expires_at
        item.ips = item.ips if ips is None else tuple(ips)
        if may_withdraw is not None:
            item.permissions["Wallet"] = ["AccountTransfer", "Withdraw"] if may_withdraw else []

    # --- the wire ------------------------------------------------------------------------------------------------

    def fault(self, kind: str, endpoint: str = "*", **more: Any) -> None:
        """See faults.py for the kinds; `times=None` is without end, `probability` and `seed` draw."""
        self._simulator.faults.add(Fault(kind, endpoint, **more))

    def clear_faults(self) -> None:
        self._simulator.faults.clear()

    def limits(self, **more: Any) -> None:
        """`default`, `by_endpoint`, `answer` (10006, 403, 429), `ban_s`, `tells_retry_after`, `grace_ms`."""
        limits = self._simulator.limits
        for name, value in more.items():
            if name not in ("default", "by_endpoint", "answer", "ban_s", "tells_retry_after", "grace_ms"):
                raise TypeError(f"limits has no {name}")
            setattr(limits, name, value)
        limits.open()

    def clock(self, shift_ms: int) -> None:
        self._simulator.clock.shift_ms = shift_ms

    def maintenance(self, mode: str = "http") -> None:
        """`http` answers 503 to everything and cuts streams, `code` answers retCode 10016, `off` is over."""
        self._simulator.edge.maintenance = mode
        if mode == "http":
            self._simulator.streams.cut_all()

    def streams(self, do: str, private_only: bool = False) -> None:
        """`cut` the connections, or `silence` them (they stay open, nothing is sent or answered), or `speak` again."""
        if do == "cut":
            self._simulator.streams.cut_all(private_only=private_only)
        elif do in ("silence", "speak"):
            self._simulator.streams.silence(is_silent=do == "silence")
        else:
            raise TypeError("do: cut, silence or speak")

    def restart(self, down_s: float = 0) -> None:
        """Every connection is dropped, and for that long each new one; what the venue knows stays."""
        asyncio.get_running_loop().call_soon(self._simulator.drop_connections, down_s)

    # --- looking -------------------------------------------------------------------------------------------------

    def state(self) -> Told:
        """Everything: all orders ever, executions, positions, wallets, counts, requests, exposure."""
        simulator, venue = self._simulator, self._simulator.venue
        held = [item for item in venue.by_symbol.values() if item.instrument.symbol in venue.state.positions]
        return {
            "orders": self.orders()["orders"],
            "executions": self.executions()["executions"],
            "positions": {item.instrument.symbol: position_told(venue, item) for item in held},
            "wallets": {coin: plain(amount) for coin, amount in venue.state.wallets.items()},
            "received": dict(simulator.edge.received),
            "accepted": dict(venue.accepted),
            "requests": simulator.edge.requests,
            **self.summary(),
        }

    def summary(self) -> Told:
        """The figures alone."""
        simulator, venue = self._simulator, self._simulator.venue
        return {
            "now_ms": venue.clock.now_ms(),
            "order_count": len(venue.orders),
            "open_count": len(venue.open),
            "execution_count": len(venue.executions),
            "request_counts": {path: len(times) for path, times in simulator.edge.requests.items()},
            "inside_closed_window": [list(item) for item in simulator.limits.inside],
            "exposure": venue.exposure.told(),
            "streams": {
                "open": len(simulator.streams.connections),
                "opened": simulator.streams.opened,
                "topics": [sorted(item.topics) for item in simulator.streams.connections],
            },
            "dcp": {"windows": simulator.switch.windows, "acted": simulator.switch.acted},
            "faults": [
                {"kind": item.kind, "endpoint": item.endpoint, "struck": item.struck} for item in simulator.faults.all
            ],
        }

    def signatures(self) -> Told:
        """Everything that requests and logins were signed with."""
        return {"signatures": sorted(self._simulator.edge.signatures | self._simulator.streams.signatures)}

    def orders(self) -> Told:
        """All orders ever, oldest first, in Bybit's fields and three of the simulator's."""
        return {"orders": [self._order(record) for record in self._simulator.venue.orders.values()]}

    def executions(self) -> Told:
        executions = self._simulator.venue.executions
        return {
            "executions": [
                item.told(is_streamed=True) | {"unifiedSymbol": item.order.listing.instrument.symbol}
                for item in executions
            ]
        }

    def _order(self, record: OrderRecord) -> Told:
        return record.told() | {
            "unifiedSymbol": record.listing.instrument.symbol,
            "isForeign": record.is_foreign,
            "arrivedNs": self._simulator.edge.arrived_ns.get(record.link_id),
        }

    def _listing(self, symbol: str) -> Listing:
        return self._simulator.venue.by_symbol[symbol]
