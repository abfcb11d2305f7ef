"""The book loads, with the configuration as it is: what a start of the desk does first."""

from collections.abc import Iterator

from app.storage.checks.finding import Finding, Looked
from app.storage.errors import DatabaseRefused
from app.storage.loading import load_book


def check_book(looked: Looked) -> Iterator[Finding]:
    try:
        load_book(looked.connection, looked.setup)
    except (DatabaseRefused, ValueError, TypeError, KeyError, ArithmeticError) as error:
        yield Finding("book", "book", f"cannot be loaded: {error or type(error).__name__}")
