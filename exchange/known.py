"""Which venues ccxt speaks to. To ask this loads no ccxt: only the names of its files are looked at."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

_DRIVERS = "async_support"


@cache
def known_venues() -> tuple[str, ...]:
    """The ids of every venue that the installed ccxt has a driver for."""
    package = find_spec("ccxt")
    folders = (package.submodule_search_locations if package else None) or ()
    files = (file for folder in folders for file in (Path(folder) / _DRIVERS).glob("[!_]*.py"))
    return tuple(sorted(file.stem for file in files))
