"""Money at the simulated venue, in whole units of the wire: fees, funding, deposits and withdrawals."""

from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from exchange.ticket import Execution
from portfolio.model.decimals import ZERO
from portfolio.model.fill import Funding
from tests.simulators.bitmex.contracts import SCALES, WIRE_CODES, Contract
from tests.simulators.bitmex.orders import ACCOUNT, told, units


class Cash:
    """Corrects wallets of the matching engine by what whole units are off."""

    def __init__(self, wallets: dict[str, Decimal], clock: Callable[[], datetime]) -> None:
        self._wallets = wallets
        self._clock = clock
        self.history: list[dict[str, Any]] = []
        for currency, amount in wallets.items():
            self._note("Deposit", currency, amount)

    def transfer(self, currency: str, amount: Decimal) -> None:
        """A deposit, or with a negative amount a withdrawal."""
        self._wallets[currency] = self._wallets.get(currency, ZERO) + amount
        self._note("Deposit" if amount > 0 else "Withdrawal", currency, amount)

    def charge_whole(self, execution: Execution) -> int:
        """The fee in units of the wire, and charged as such."""
        scale = SCALES[WIRE_CODES[execution.fee_currency]]
        fee = _whole(execution.fee * scale)
        self._wallets[execution.fee_currency] += execution.fee - fee / scale
        return fee

    def funded(self, news: Funding, contract: Contract, held: Decimal) -> dict[str, Any]:
        """The payment as it is told among the executions: `execComm` is positive when paid."""
        wire = WIRE_CODES[news.currency]
        paid = _whole(-news.amount * SCALES[wire])
        self._wallets[news.currency] += -paid / SCALES[wire] - news.amount
        return {
            "execID": f"funding-{contract.wire}-{int(news.time.timestamp())}",
            "orderID": "00000000-0000-0000-0000-000000000000",
            "clOrdID": "",
            "account": ACCOUNT,
            "symbol": contract.wire,
            "side": "",
            "lastQty": units(contract, abs(held)),
            "lastPx": float(news.price),
            "execType": "Funding",
            "ordType": "Limit",
            "ordStatus": "Filled",
            "settlCurrency": wire,
            "commission": float(news.rate if held > 0 else -news.rate),
            "execComm": paid,
            "text": "Funding",
            "transactTime": told(news.time),
            "timestamp": told(news.time),
        }

    def _note(self, kind: str, currency: str, amount: Decimal) -> None:
        wire, now = WIRE_CODES[currency], told(self._clock())
        self.history.append(
            {
                "transactID": f"{kind.lower()}-{len(self.history) + 1}",
                "account": ACCOUNT,
                "currency": wire,
                "network": "",
                "transactType": kind,
                "amount": int(amount * SCALES[wire]),
                "fee": 0,
                "transactStatus": "Completed",
                "address": "",
                "tx": "",
                "text": "",
                "transactTime": now,
                "timestamp": now,
                "walletBalance": int(self._wallets[currency] * SCALES[wire]),
            }
        )


def _whole(amount: Decimal) -> int:
    return int(amount.to_integral_value(ROUND_HALF_UP))
