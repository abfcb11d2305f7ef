"""Column types that keep values exact: decimals as plain text, times in UTC, values as JSON."""

from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Dialect, Numeric, Text, TypeDecorator
from sqlalchemy.types import TypeEngine

from app.codec import to_json
from portfolio.model.decimals import plain


class Exact(TypeDecorator[Decimal]):
    """A Decimal as text in plain notation, never compared or summed in SQL; NUMERIC on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Numeric() if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        return value if value is None or dialect.name == "postgresql" else plain(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


class Moment(TypeDecorator[datetime]):
    """An aware time as text in UTC with microseconds, so that text order is time order."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:
        return None if value is None else _moment_text(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromisoformat(value)


@lru_cache(maxsize=512)
def _moment_text(value: datetime) -> str:
    """Remembered, because the rows of a batch share their times."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")


class Json(TypeDecorator[Any]):
    """Any value of the model as JSON text; decimals inside come back as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else to_json(value).decode()

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        return None if value is None else orjson.loads(value)
