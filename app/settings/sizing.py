"""How much a strategy trades where an alert does not say."""

from decimal import Decimal
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, model_validator

from app.settings.table import Table
from app.settings.values import number_of, stated, wrong
from portfolio.model.signal import Size, SizeType

_SHARES = (SizeType.PERCENT_OF_EQUITY, SizeType.PERCENT_OF_POSITION, SizeType.RISK_PERCENT)


def _quantity(value: Any) -> str:
    text = str(value)
    is_percent = isinstance(value, str) and text.endswith("%")
    number = number_of(text[:-1] if is_percent else value)
    if number is None or number <= 0:
        wrong('expected a positive number such as "0.01", or a share such as "5%"')
    return text if isinstance(value, str) else format(number, "f")


def _quantity_type(value: Any) -> SizeType:
    names = [kind.value for kind in SizeType]
    if not isinstance(value, str) or value not in names:
        wrong(f"expected one of {', '.join(names)}")
    return SizeType(str(value))


class SizingSettings(Table):
    """`quantity` is in units unless it is a share (of equity) or `quantity_type` says otherwise."""

    quantity: Annotated[str, BeforeValidator(_quantity)]
    quantity_type: Annotated[SizeType | None, BeforeValidator(_quantity_type)] = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.quantity.endswith("%") and self.quantity_type not in (None, *_SHARES):
            stated(f'a quantity of "{self.quantity}" is a share, quantity_type says {self.quantity_type}')
        return self

    def size(self) -> Size:
        """The size as the core knows it."""
        amount = Decimal(self.quantity.removesuffix("%"))
        default = SizeType.PERCENT_OF_EQUITY if self.quantity.endswith("%") else SizeType.UNITS
        return Size(amount, self.quantity_type or default)
