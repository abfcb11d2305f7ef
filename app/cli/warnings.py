"""What is allowed and yet probably not meant: told by `check` and when a server starts."""

import os
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from app.addresses import LOOPBACK, address_of, is_within
from app.settings import Settings, permission_warning, readable_warning
from app.settings.model import TRADINGVIEW_SUBJECT
from app.tls.faults import valid_until

SOON = timedelta(days=14)


def warnings_of(settings: Settings, config: Path, now: datetime) -> list[str]:
    """One line each; the settings are sound, and so is their certificate."""
    permission = permission_warning(config)
    return [
        *([permission] if permission else []),
        *_network(settings),
        *_certificate(settings, now),
        *_credentials(settings),
    ]


def _credentials(settings: Settings) -> Iterator[str]:
    """Files with the keys of venues are their owner's alone."""
    for account in settings.accounts:
        for key, name in (("api_key_file", account.api_key_file), ("api_secret_file", account.api_secret_file)):
            if name is not None and (warning := readable_warning(settings.file.parent / name)) is not None:
                yield f"accounts.{account.id}.{key}: {warning}"


def _network(settings: Settings) -> Iterator[str]:
    server, webhook = settings.server, settings.webhook
    if any(network.prefixlen == 0 for network in server.trusted_proxies if hasattr(network, "prefixlen")):
        yield "server.trusted_proxies trusts every address: anybody can claim to be anybody else"
    if _is_loopback(server.host):
        return
    if server.tls_cert is None and not server.trusted_proxies:
        yield (
            f"server.host {server.host} can be reached from the network, and secrets travel there in the clear: "
            "set server.tls_cert and server.tls_key, or put a proxy in front and name it in server.trusted_proxies"
        )
    if not webhook.allowed_ips and server.tls_client_ca is None:
        yield (
            f"server.host {server.host} can be reached from the network, and every address may send alerts: "
            'set webhook.allowed_ips, such as ["tradingview"]'
        )


def _certificate(settings: Settings, now: datetime) -> Iterator[str]:
    files = settings.tls
    if files is None:
        return
    if os.name != "nt" and (mode := stat.S_IMODE(files.key.stat().st_mode)) & stat.S_IROTH:
        yield f"server.tls_key: {files.key} can be read by others (mode {mode:04o}): run chmod o-r {files.key}"
    if (ends := valid_until(files)) - now < SOON:
        yield f"server.tls_cert: {files.cert} expires on {ends:%Y-%m-%d %H:%M} UTC"
    if files.client_ca is not None and settings.webhook.client_subject == TRADINGVIEW_SUBJECT:
        yield (
            "server.tls_client_ca admits whatever TradingView sends, whoever wrote the alert: anybody with an account "
            "there who knows this server's name can trade here; the secret alone tells your alerts from theirs"
        )


def _is_loopback(host: str) -> bool:
    return host == "localhost" or is_within(address_of(host), (LOOPBACK,))
