"""What is traded: coins by name, about what they cost in USD, and about how much of each changes hands in a day."""

from typing import NamedTuple


class Coin(NamedTuple):
    """`usd` is a price, `volume` a day's turnover in USD."""

    code: str
    name: str
    usd: float
    volume: float


DOZEN = (
    Coin("BTC", "Bitcoin", 64000.0, 1.2e9),
    Coin("ETH", "Ethereum", 3200.0, 8e8),
    Coin("SOL", "Solana", 148.0, 3e8),
    Coin("XRP", "XRP", 0.62, 2e8),
    Coin("DOGE", "Dogecoin", 0.125, 1.5e8),
    Coin("ADA", "Cardano", 0.44, 9e7),
    Coin("AVAX", "Avalanche", 27.5, 8e7),
    Coin("LINK", "Chainlink", 13.8, 7e7),
    Coin("LTC", "Litecoin", 71.0, 6e7),
    Coin("DOT", "Polkadot", 6.2, 5e7),
    Coin("BCH", "Bitcoin Cash", 385.0, 4e7),
    Coin("UNI", "Uniswap", 8.1, 3e7),
)
MORE = (
    Coin("ATOM", "Cosmos", 7.4, 2e7),
    Coin("NEAR", "NEAR Protocol", 5.1, 2e7),
    Coin("AAVE", "Aave", 96.0, 2e7),
    Coin("XLM", "Stellar", 0.098, 2e7),
    Coin("ETC", "Ethereum Classic", 22.0, 1e7),
    Coin("FIL", "Filecoin", 4.3, 1e7),
    Coin("ALGO", "Algorand", 0.15, 1e7),
    Coin("XTZ", "Tezos", 0.78, 5e6),
)
MONEY = (
    Coin("USD", "US Dollar", 1.0, 0),
    Coin("USDT", "Tether", 0.9996, 4e8),
    Coin("USDC", "USD Coin", 1.0001, 2e8),
    Coin("EUR", "Euro", 1.08, 5e7),
)


def coins(count: int) -> tuple[Coin, ...]:
    """The first of the list; past its end come made-up ones, QM0 and on."""
    known = DOZEN + MORE
    made = (
        Coin(f"QM{number}", f"Quartermaster {number}", round(0.05 * 1.02**number, 4), 1e6)
        for number in range(max(0, count - len(known)))
    )
    return (*known[:count], *made)
