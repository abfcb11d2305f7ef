"""Accounts at real venues, in the words of the gateway that trades there."""

from app.settings import AccountSettings, Settings
from exchange.connection import Credential, VenueAccess
from portfolio.model.identifiers import Symbol


def access_of(settings: Settings, account: AccountSettings) -> VenueAccess:
    """How to reach the account, which is none on paper."""
    assert account.api_key is not None, account.id
    assert account.api_secret is not None, account.id
    switch_s = account.dead_mans_switch_s
    return VenueAccess(
        account=account.id,
        venue=account.venue,
        environment=account.environment,
        api_key=Credential(account.api_key.get_secret_value()),
        api_secret=Credential(account.api_secret.get_secret_value()),
        rest_url=account.rest_url,
        ws_url=account.ws_url,
        symbols=symbols_traded(settings, account),
        leverage=account.leverage,
        margin_mode=account.margin_mode,
        recv_window_s=float(account.recv_window_s),
        send_timeout_s=float(account.send_timeout_s),
        dead_mans_switch_s=None if switch_s is None else float(switch_s),
    )


def symbols_traded(settings: Settings, account: AccountSettings) -> frozenset[Symbol]:
    """Every symbol that a strategy of the account lists."""
    own = (strategy for strategy in settings.strategies if settings.account_of(strategy) == account.id)
    return frozenset(symbol for strategy in own for symbol in strategy.symbols)
