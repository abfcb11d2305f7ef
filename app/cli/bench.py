"""`quartermaster bench`: figures of this machine and the venues as they are now."""

import typer

from app.cli import bench_prices

app = typer.Typer()
bench = typer.Typer(help="Measure what this machine and the venues do: prices.", no_args_is_help=True)
bench.registered_commands += bench_prices.app.registered_commands
app.add_typer(bench, name="bench")


@app.callback()
def group() -> None:
    """A callback keeps the group a group, though there is one thing in it."""


@bench.callback()
def measured() -> None:
    """Measure what this machine and the venues do: prices."""
