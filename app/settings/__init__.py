"""The configuration: read from one TOML file and the environment, checked as a whole before anything starts."""

from app.settings.accounts import AccountSettings, InstrumentSettings
from app.settings.faults import ConfigurationError
from app.settings.limits import Limits, LimitTable
from app.settings.load import load_prices, load_settings
from app.settings.model import (
    DatabaseSettings,
    PortfolioSettings,
    ServerSettings,
    Settings,
    StrategySettings,
    TlsFiles,
    WebhookSettings,
)
from app.settings.prices import PriceSettings
from app.settings.source import permission_warning, readable_warning

__all__ = [
    "AccountSettings",
    "ConfigurationError",
    "DatabaseSettings",
    "InstrumentSettings",
    "LimitTable",
    "Limits",
    "PortfolioSettings",
    "PriceSettings",
    "ServerSettings",
    "Settings",
    "StrategySettings",
    "TlsFiles",
    "WebhookSettings",
    "load_prices",
    "load_settings",
    "permission_warning",
    "readable_warning",
]
