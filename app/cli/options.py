"""Options that many commands share."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

DEFAULT_CONFIG = Path("quartermaster.toml")

ConfigOption: TypeAlias = Annotated[
    Path, typer.Option("--config", envvar="QUARTERMASTER_CONFIG", help="The configuration file.", metavar="FILE")
]
JsonOption: TypeAlias = Annotated[bool, typer.Option("--json", help="Print the API's answer as it is.")]
AccountOption: TypeAlias = Annotated[str | None, typer.Option("--account", help="Of this account only.")]
StrategyOption: TypeAlias = Annotated[str | None, typer.Option("--strategy", help="Of this strategy only.")]
SymbolOption: TypeAlias = Annotated[str | None, typer.Option("--symbol", help="Of this symbol only.")]
StatusOption: TypeAlias = Annotated[str | None, typer.Option("--status", help="In this state only.")]
LimitOption: TypeAlias = Annotated[
    int | None, typer.Option("--limit", min=1, max=1000, help="At most this many, newest first (100 where left out).")
]
BeforeOption: TypeAlias = Annotated[
    str | None, typer.Option("--before", help="What follows a page: the `next` of its answer.")
]
