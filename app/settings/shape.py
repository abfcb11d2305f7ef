"""What kind of thing a field of a table holds, read from its declaration."""

from collections.abc import Mapping
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from app.settings.table import Table


def table_of(field: FieldInfo) -> type[Table] | None:
    """The table that the field is; None where it is none."""
    return None if _is_list(field) else _table_in(field.annotation)


def rows_of(field: FieldInfo) -> type[Table] | None:
    """The tables that the field is a list of; None where it is no such list."""
    return _table_in(field.annotation) if _is_list(field) else None


def name_of_rows(model: type[Table]) -> str | None:
    """The key that tells the tables of a list apart; None where they go by their place, and are set together."""
    return next((key for key in ("id", "symbol") if key in model.model_fields), None)


def is_plain_list(field: FieldInfo) -> bool:
    return _is_list(field) and rows_of(field) is None


def is_free_table(field: FieldInfo) -> bool:
    """True where the keys are the user's own."""
    return get_origin(field.annotation) is Mapping


def _is_list(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is tuple


def _table_in(annotation: Any) -> type[Table] | None:
    options = (annotation, *get_args(annotation))
    return next((option for option in options if isinstance(option, type) and issubclass(option, Table)), None)
