"""`quartermaster rotate`: a new secret in the configuration, while the old one still counts."""

import secrets
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.cli.client import ask_server
from app.cli.configuration import settings_of
from app.cli.failure import WRONG_USE, CommandFailed
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.cli.request import Request
from app.initial import SECRET_BYTES
from app.rewriting import (
    PREVIOUS,
    CannotRewrite,
    replace_file,
    with_new_secret,
    without_previous_secret,
    written_secret,
)
from app.settings import Settings
from app.watching import LOOK_EVERY_S

app = typer.Typer()
TAKEN_AFTER_S = 2 * LOOK_EVERY_S + 0.3
TAKEN_WITHIN_S = 6.0


class Which(StrEnum):
    WEBHOOK = "webhook"
    API = "api"


_PLACES = {Which.WEBHOOK: ("webhook", "secret"), Which.API: ("server", "api_token")}
_PROBES = {
    Which.WEBHOOK: Request(method="POST", path="/webhook", body=b"", is_alert=True),  # refused as empty, if not before
    Which.API: Request(path="/api/v1/status"),
}
_USERS = {Which.WEBHOOK: "your alerts", Which.API: "whatever uses the API"}


@app.command()
def rotate(
    which: Annotated[Which, typer.Argument(help="The secret of alerts, or the token of the API.")],
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    finish: Annotated[bool, typer.Option("--finish", help="The old one counts no longer.")] = False,
    now: Annotated[bool, typer.Option("--now", help="A new one, and the old one ends at once.")] = False,
) -> None:
    """Write a new secret into the configuration; a server that runs takes both, without a restart."""
    if finish and now:
        raise CommandFailed("give --finish or --now, not both", code=WRONG_USE)
    settings = settings_of(config)
    section, key = _PLACES[which]
    text = _text_of(config)
    _require_in_force(settings, which, text)
    is_running = _is_running(settings)
    try:
        if finish:
            replace_file(config, without_previous_secret(text, section, key))
        else:
            _require_no_previous(settings, which, config, now=now)
            new = secrets.token_urlsafe(SECRET_BYTES)
            replace_file(config, with_new_secret(text, section, key, new, keep_old=not now))
    except CannotRewrite as error:
        raise CommandFailed(f"{config}: {error}", code=WRONG_USE) from None
    except OSError as error:
        raise CommandFailed(f"cannot write {config}: {error.strerror}", code=WRONG_USE) from None
    _tell(which, config, finish=finish, now=now)
    if is_running:
        _await_server(settings_of(config), which)


def _text_of(config: Path) -> str:
    return config.read_bytes().decode("utf-8")


def _require_in_force(settings: Settings, which: Which, text: str) -> None:
    """Raises CommandFailed where the file's secret is not the one that counts."""
    server, webhook = settings.server, settings.webhook
    current = webhook.secret if which is Which.WEBHOOK else server.api_token
    section, key = _PLACES[which]
    if written_secret(text, section, key) != current.get_secret_value():
        variable = f"QUARTERMASTER_{section}__{key}".upper()
        raise CommandFailed(
            f"the [{section}] {key} that counts comes from {variable}, not from the file: change it there, "
            f"with the old one as {PREVIOUS}{key}",
            code=WRONG_USE,
        )


def _require_no_previous(settings: Settings, which: Which, config: Path, *, now: bool) -> None:
    """Raises CommandFailed where a third secret would silently end the first."""
    previous = settings.webhook.previous_secret if which is Which.WEBHOOK else settings.server.previous_api_token
    if previous is not None and not now:
        raise CommandFailed(
            f"the last rotation is not finished: `quartermaster rotate {which.value} --finish --config {config}` "
            "ends the secret before, or --now ends all there are",
            code=WRONG_USE,
        )


def _tell(which: Which, config: Path, *, finish: bool, now: bool) -> None:
    section, key = _PLACES[which]
    if finish:
        typer.echo(f"took {PREVIOUS}{key} out of [{section}] in {config}: only {key} counts")
        return
    old = "the old one counts no longer" if now else f"the old one is beside it as {PREVIOUS}{key}, and both count"
    typer.echo(f"wrote a new [{section}] {key} into {config}; {old}")
    typer.echo(f"next: put the new one into {_USERS[which]}")
    if not now:
        typer.echo(f"then: quartermaster rotate {which.value} --finish --config {config}")


def _is_running(settings: Settings) -> bool:
    """True where a server answers, whatever it says."""
    try:
        return ask_server(settings, _PROBES[Which.API]) is not None
    except CommandFailed:
        return True


def _await_server(settings: Settings, which: Which) -> None:
    """The server has taken the secret, or a line says that it has not. It is given time first: a try too early would
    count as a wrong secret."""
    deadline = time.monotonic() + TAKEN_WITHIN_S
    time.sleep(TAKEN_AFTER_S)
    while True:
        try:
            ask_server(settings, _PROBES[which])
        except CommandFailed as failure:
            if time.monotonic() > deadline:
                typer.echo(f"the server has not taken it yet ({failure}): see its log", err=True)
                return
            time.sleep(1)
        else:
            return
