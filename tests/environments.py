"""What the environment of a run has."""

from importlib.util import find_spec
from pathlib import Path


def has_bitmex() -> bool:
    """True with the last ccxt that knew BitMEX. Nothing of ccxt is imported."""
    spec = find_spec("ccxt")
    folders = spec.submodule_search_locations if spec else None
    return any(Path(folder, "bitmex.py").exists() for folder in folders or ())
