"""`quartermaster init`."""

from typing import Annotated

import typer

from app.cli.failure import WRONG_USE, CommandFailed
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.initial import write_initial
from app.initial_accounts import INITIAL, PAPER
from app.settings.nearest import nearest
from exchange.connection import CLOSED

app = typer.Typer()


@app.command()
def init(
    config: ConfigOption = DEFAULT_CONFIG,
    *,
    venue: Annotated[
        str, typer.Option(metavar="VENUE", help=f"Where the account is: {' or '.join(INITIAL)} (its testnet).")
    ] = PAPER,
) -> None:
    """Write a first configuration: an account, on paper unless told otherwise, limits, and fresh secrets."""
    _require_known(venue)
    try:
        write_initial(config, venue)
    except FileExistsError as error:
        raise CommandFailed(str(error), code=WRONG_USE) from None
    except OSError as error:
        raise CommandFailed(f"cannot write {config}: {error.strerror}", code=WRONG_USE) from None
    typer.echo(f"wrote {config} with fresh secrets in it: [webhook] secret and [server] api_token")
    for step in INITIAL[venue].next_steps or ("next: quartermaster serve --config {config}",):
        typer.echo(step.format(config=config))


def _require_known(venue: str) -> None:
    """Raises CommandFailed for a venue that no configuration can be written for."""
    if venue in INITIAL:
        return
    if venue in CLOSED:
        raise CommandFailed(f"{venue} {CLOSED[venue]}", code=WRONG_USE)
    raise CommandFailed(f"no configuration for {venue}; did you mean {nearest(venue, INITIAL)}?", code=WRONG_USE)
