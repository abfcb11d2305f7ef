"""Secrets that change while the server runs: the file is read again, and nothing else in it counts before a restart."""

import asyncio
import os
from pathlib import Path

import structlog

from app.keyring import Keyring
from app.settings import ConfigurationError, Settings, load_settings
from app.watching import changes

log = structlog.get_logger("secrets")


async def watch_secrets(settings: Settings, keyring: Keyring, hurry: asyncio.Event) -> None:
    """The keyring follows the configuration's file, until cancelled."""
    reread(settings, keyring, settings.file)  # it may have changed while the server was starting
    async for _ in changes(lambda: [settings.file], hurry):
        reread(settings, keyring, settings.file)


def reread(settings: Settings, keyring: Keyring, file: Path) -> None:
    """The file's secrets are in force; a file that is not sound changes nothing."""
    try:
        found = load_settings(file, os.environ)
    except ConfigurationError as error:
        log.error("configuration not read again: it is not sound; the secrets before stay valid", faults=error.faults)
        return
    if keyring.renew(found):
        log.info("secrets renewed", webhook=len(keyring.webhook), api=len(keyring.api))
    if found.credentials != settings.credentials:
        log.warning("the key of a venue has changed: restart to use it")
    if found.fingerprint() != settings.fingerprint():
        log.warning("the configuration has changed beyond its secrets: restart to apply the rest")
