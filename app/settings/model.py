"""The configuration once it is known to be sound: frozen, exact, with secrets that do not print."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, PrivateAttr, SecretStr, create_model

from app.addresses import LOOPBACK
from app.settings.fingerprint import fingerprint
from app.settings.limit_text import limit_text
from app.settings.sizing import SizingSettings
from app.settings.table import Table
from app.settings.values import (
    Bytes,
    Count,
    Currency,
    DatabaseUrl,
    File,
    ForwardingHeader,
    Host,
    Hours,
    Identifier,
    LogFormat,
    LogLevel,
    Port,
    Positive,
    Range,
    Ratio,
    Seconds,
    SecondsOrNone,
    Secret,
    Share,
    SignedRatio,
    Subject,
    Text,
    Truth,
    choice_of,
    path_in,
    stated,
    wrong,
)
from portfolio.limits.limit import Limit
from portfolio.limits.registry import LIMITS
from portfolio.model.gap import OnGap
from portfolio.model.instrument import parse_symbol

PAPER = "paper"
TRADINGVIEW_SUBJECT: Mapping[str, str] = MappingProxyType(
    {"CN": "TradingView Webhooks", "O": "TradingView, Inc.", "L": "Westerville", "ST": "Ohio", "C": "US"}
)
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a server there is reached by the loopback address


def _venue(value: Any) -> str:
    if not isinstance(value, str) or not value:
        wrong('expected text such as "paper"')
    if value != PAPER:
        stated(f'"{value[:64]}" is not supported yet; only "{PAPER}" is')
    return PAPER


def _symbol(value: Any) -> str:
    if not isinstance(value, str) or parse_symbol(value) is None:
        wrong('expected a symbol such as "BTC/USDT" (spot), "BTC/USDT:USDT" (linear) or "BTC/USD:BTC" (inverse)')
    return str(value)


class FeeCurrency(StrEnum):
    QUOTE = "quote"
    BASE = "base"


class LimitTable(Table):
    """The limits of one scope as their texts, by key; None where not set."""

    def limits(self) -> dict[str, Limit]:
        """Those that are set, in the order of the registry."""
        chosen = dict(self)
        return {key: kind.read(chosen[key]) for key, kind in LIMITS.items() if chosen[key] is not None}


if TYPE_CHECKING:

    class SymbolLimits(LimitTable):
        symbol: str

    class Limits(LimitTable):
        symbols: tuple[SymbolLimits, ...] = ()

else:
    _TEXTS = {key: (Annotated[str | None, BeforeValidator(limit_text(key))], None) for key in LIMITS}
    SymbolLimits = create_model("SymbolLimits", __base__=LimitTable, symbol=(Text, ...), **_TEXTS)
    Limits = create_model("Limits", __base__=LimitTable, **_TEXTS, symbols=(tuple[SymbolLimits, ...], ()))


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of a server that speaks TLS; `client_ca` None asks clients for no certificate."""

    cert: Path
    key: Path
    client_ca: Path | None = None


class ServerSettings(Table):
    """`previous_api_token` counts as well, while a token is being changed."""

    api_token: Secret
    previous_api_token: Secret | None = None
    host: Host = "127.0.0.1"
    port: Port = 8080
    tls_cert: File | None = None
    tls_key: File | None = None
    tls_client_ca: File | None = None
    trusted_proxies: tuple[Range, ...] = ()
    open_metrics: Truth = False
    forwarding_header: ForwardingHeader = "X-Forwarded-For"
    max_requests_per_minute: Count = 600
    max_wrong_secrets: Count = 10
    wrong_secrets_window_s: Seconds = Decimal(600)
    lockout_s: Seconds = Decimal(900)
    unlimited_ips: tuple[Range, ...] = (LOOPBACK,)

    @property
    def address(self) -> str:
        """Where a client on this machine reaches the server."""
        host = _EVERYWHERE.get(self.host, self.host)
        scheme = "https" if self.tls_cert else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{self.port}"

    @property
    def api_tokens(self) -> tuple[SecretStr, ...]:
        """Every token that opens the API, the one to use first."""
        return (self.api_token,) if self.previous_api_token is None else (self.api_token, self.previous_api_token)


class WebhookSettings(Table):
    """`allowed_ips` empty admits every address. `previous_secret` counts as well, while a secret is being changed."""

    secret: Secret
    previous_secret: Secret | None = None
    allowed_ips: tuple[Range, ...] = ()
    client_subject: Subject = Field(default_factory=lambda: dict(TRADINGVIEW_SUBJECT))
    max_requests_per_minute: Count = 600
    max_age_s: Seconds = Decimal(300)
    dedup_window_s: SecondsOrNone = Decimal(30)
    id_window_s: Seconds = Decimal(86400)
    max_body_bytes: Bytes = 65536

    @property
    def secrets(self) -> tuple[SecretStr, ...]:
        """Every secret that alerts may carry, the one to use first."""
        return (self.secret,) if self.previous_secret is None else (self.secret, self.previous_secret)


class DatabaseSettings(Table):
    url: DatabaseUrl = "sqlite+aiosqlite:///quartermaster.db"


class LogSettings(Table):
    """`file` None is standard error; `format` None is text on a terminal and JSON elsewhere."""

    file: File | None = None
    level: LogLevel = "info"
    format: LogFormat | None = None


class PortfolioSettings(Table):
    """`pegged` currencies count one to one where no price of theirs is known; [] pegs none."""

    currency: Currency = "USDT"
    pegged: tuple[Currency, ...] = ("USD", "USDT", "USDC")
    limits: Limits = Limits()


class Fees(Table):
    """`spot` is the currency that a spot buy pays its fee in: the quote, or the coins it buys."""

    maker: Ratio = Decimal("0.0002")
    taker: Ratio = Decimal("0.00055")
    spot: Annotated[FeeCurrency, BeforeValidator(choice_of(FeeCurrency))] = FeeCurrency.QUOTE


class InstrumentSettings(Table):
    """Terms of a contract or spot pair; what is left out keeps the shipped terms of that symbol.

    `funding_rate` is what longs pay to shorts at each interval; left out, the account's.
    """

    symbol: Annotated[str, BeforeValidator(_symbol)]
    contract_size: Positive | None = None
    lot: Positive | None = None
    tick: Positive | None = None
    min_quantity: Positive | None = None
    max_quantity: Positive | None = None
    min_cost: Positive | None = None
    max_leverage: Positive | None = None
    maintenance_margin: Ratio | None = None
    funding_rate: SignedRatio | None = None


class AccountSettings(Table):
    """`fill_ratio` is the share of an order that is filled at a time; 1 fills it at once.

    `funding_rate` counts for every contract without one of its own, every `funding_interval_h` hours from 00:00 UTC.
    """

    id: Identifier
    venue: Annotated[str, BeforeValidator(_venue)]
    send_within_s: Seconds = Decimal(30)
    leverage: Positive = Decimal(1)
    limits: Limits = Limits()
    balances: Mapping[Currency, Positive] = Field(default_factory=dict)
    fees: Fees = Fees()
    slippage: Ratio = Decimal(0)
    fill_ratio: Share = Decimal(1)
    funding_rate: SignedRatio = Decimal(0)
    funding_interval_h: Hours = 8
    instruments: tuple[InstrumentSettings, ...] = ()


class StrategySettings(Table):
    """`account` left out means the only one; `symbols` left out means every instrument of the account.

    `shared` lets several strategies trade one symbol; each of them has to say so. `on_gap` is what to do with an alert
    that expects another position than there is.
    """

    model_config = ConfigDict(extra="allow")

    id: Identifier
    kind: Text
    account: Text | None = None
    symbols: tuple[Text, ...] = ()
    shared: Truth = False
    on_gap: Annotated[OnGap, BeforeValidator(choice_of(OnGap))] = OnGap.REPORT
    sizing: SizingSettings | None = None
    limits: Limits = Limits()

    @property
    def parameters(self) -> dict[str, Any]:
        """The kind's own parameters, as written."""
        return dict(self.__pydantic_extra__ or {})


class Settings(Table):
    """The whole configuration. `symbols` maps a user's own names to unified symbols."""

    server: ServerSettings
    webhook: WebhookSettings
    database: DatabaseSettings = DatabaseSettings()
    log: LogSettings = LogSettings()
    portfolio: PortfolioSettings = PortfolioSettings()
    accounts: tuple[AccountSettings, ...] = ()
    symbols: Mapping[Text, Text] = Field(default_factory=dict)
    strategies: tuple[StrategySettings, ...] = ()
    _file: Path = PrivateAttr(default_factory=Path)

    def model_post_init(self, context: Any) -> None:
        """The file that was read is known, so that relative paths can be found, and it can be read again."""
        self._file = (context or {}).get("file", Path())

    @property
    def file(self) -> Path:
        """The configuration's file."""
        return self._file

    @property
    def database_path(self) -> Path:
        """The database's file; a relative path counts from the configuration's folder."""
        return self._file.parent / path_in(self.database.url)

    @property
    def tls(self) -> TlsFiles | None:
        """Where certificate, key and the client's authorities are; None without TLS. Relative paths likewise."""
        server, folder = self.server, self._file.parent
        if server.tls_cert is None or server.tls_key is None:
            return None
        client_ca = folder / server.tls_client_ca if server.tls_client_ca is not None else None
        return TlsFiles(folder / server.tls_cert, folder / server.tls_key, client_ca)

    @property
    def log_path(self) -> Path | None:
        """Where the log goes, found like the database; None is standard error."""
        return self._file.parent / self.log.file if self.log.file else None

    def account_of(self, strategy: StrategySettings) -> str:
        """The account the strategy trades on."""
        return strategy.account or self.accounts[0].id

    def fingerprint(self) -> str:
        """Sixteen characters that change when any setting does that is neither a secret nor about logs."""
        return fingerprint(self.model_copy(update={"log": None}))
