"""What every table of the configuration has in common."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """Frozen, without unknown keys; a fault never carries the values around it."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
