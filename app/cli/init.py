"""`quartermaster init`."""

import typer

from app.cli.failure import WRONG_USE, CommandFailed
from app.cli.options import DEFAULT_CONFIG, ConfigOption
from app.initial import write_initial

app = typer.Typer()


@app.command()
def init(config: ConfigOption = DEFAULT_CONFIG) -> None:
    """Write a first configuration: a paper account, limits, and fresh secrets."""
    try:
        write_initial(config)
    except FileExistsError as error:
        raise CommandFailed(str(error), code=WRONG_USE) from None
    except OSError as error:
        raise CommandFailed(f"cannot write {config}: {error.strerror}", code=WRONG_USE) from None
    typer.echo(f"wrote {config} with fresh secrets in it: [webhook] secret and [server] api_token")
    typer.echo(f"next: quartermaster serve --config {config}")
