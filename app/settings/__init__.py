"""The configuration: read from one TOML file and the environment, checked as a whole before anything starts."""

from app.settings.faults import ConfigurationError
from app.settings.load import load_settings
from app.settings.model import (
    AccountSettings,
    DatabaseSettings,
    InstrumentSettings,
    LimitTable,
    PortfolioSettings,
    ServerSettings,
    Settings,
    StrategySettings,
    TlsFiles,
    WebhookSettings,
)
from app.settings.source import permission_warning

__all__ = [
    "AccountSettings",
    "ConfigurationError",
    "DatabaseSettings",
    "InstrumentSettings",
    "LimitTable",
    "PortfolioSettings",
    "ServerSettings",
    "Settings",
    "StrategySettings",
    "TlsFiles",
    "WebhookSettings",
    "load_settings",
    "permission_warning",
]
