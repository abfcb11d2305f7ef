"""The command line `quartermaster`."""

from app.cli.main import main

__all__ = ["main"]
