"""The configuration once it is known to be sound: frozen, exact, with secrets that do not print."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field, PrivateAttr, SecretStr

from app.addresses import LOOPBACK
from app.settings.accounts import AccountSettings
from app.settings.fingerprint import fingerprint
from app.settings.limits import Limits
from app.settings.prices import PriceSettings
from app.settings.screens import ScreenSettings
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
    Identifier,
    LogFormat,
    LogLevel,
    Port,
    Range,
    Seconds,
    SecondsOrNone,
    Secret,
    Subject,
    Text,
    Truth,
    choice_of,
    path_in,
)
from portfolio.model.gap import OnGap

TRADINGVIEW_SUBJECT: Mapping[str, str] = MappingProxyType(
    {"CN": "TradingView Webhooks", "O": "TradingView, Inc.", "L": "Westerville", "ST": "Ohio", "C": "US"}
)
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - a server there is reached by the loopback address


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
    prices: PriceSettings = PriceSettings()
    accounts: tuple[AccountSettings, ...] = ()
    symbols: Mapping[Text, Text] = Field(default_factory=dict)
    strategies: tuple[StrategySettings, ...] = ()
    screens: tuple[ScreenSettings, ...] = ()
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

    @property
    def credentials(self) -> tuple[SecretStr, ...]:
        """The keys of all accounts at real venues, and their secrets."""
        pairs = ((account.api_key, account.api_secret) for account in self.accounts)
        return tuple(credential for pair in pairs for credential in pair if credential is not None)

    def account_of(self, strategy: StrategySettings) -> str:
        """The account the strategy trades on."""
        return strategy.account or self.accounts[0].id

    def fingerprint(self) -> str:
        """Sixteen characters that change when any setting does that is neither a secret nor about logs."""
        return fingerprint(self.model_copy(update={"log": None}))
