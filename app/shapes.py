"""Pieces of which answers are made, with what the OpenAPI description says of them."""

from decimal import Decimal
from typing import Annotated

from pydantic import WithJsonSchema

Exact = Annotated[
    Decimal, WithJsonSchema({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$", "examples": ["0.01"]})
]
"""A number of money, price or quantity: text in plain notation."""
