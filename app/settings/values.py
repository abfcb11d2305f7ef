"""The types of single settings: each reads what TOML or the environment gives, exactly, or says what it expected."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, NoReturn, TypeVar

from pydantic import AfterValidator, BeforeValidator, SecretStr
from pydantic_core import PydanticCustomError

from app.addresses import PRESETS, Preset
from portfolio.model.decimals import HUNDRED, ONE

Choice = TypeVar("Choice", bound=StrEnum)

WRONG = "wrong"
STATED = "stated"
LEAST_SECRET = 16
LEAST_KEY = 8
RESERVED_ID = "unassigned"
TEN_YEARS_S = 315_360_000
FORWARDING_HEADERS = ("X-Forwarded-For", "Forwarded")
SUBJECT_FIELDS = ("CN", "O", "OU", "L", "ST", "C", "emailAddress")
_PARTS_OF_A_DAY = (1, 2, 3, 4, 6, 8, 12, 24)
_LEAST_SHARE = Decimal("0.01")
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
_WHOLE = re.compile(r"-?[0-9]{1,18}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
_CURRENCY = re.compile(r"[A-Z0-9]{2,12}")
LOG_LEVELS = ("debug", "info", "warning", "error", "critical")
LOG_FORMATS = ("text", "json")
_DATABASE = re.compile(r"sqlite\+aiosqlite:///([^?#:\x00]*[^?#:/\x00])")
_LARGEST = Decimal("1e30")
_SMALLEST = Decimal("1e-30")


class EnvironmentText(str):
    """Text that a variable of the environment gave: it may stand for a number, and faults can name the variable."""

    variable: str

    def __new__(cls, text: str, variable: str) -> "EnvironmentText":
        self = super().__new__(cls, text)
        self.variable = variable
        return self


def wrong(expected: str) -> NoReturn:
    """The value is a fault; what was given is shown after the message."""
    raise PydanticCustomError(WRONG, "{expected}", {"expected": expected})


def stated(message: str) -> NoReturn:
    """The value is a fault; the message says all that may be shown."""
    raise PydanticCustomError(STATED, "{message}", {"message": message})


def number_of(value: Any) -> Decimal | None:
    """The exact number that `value` is or spells; None for anything else, NaN, or what no account could hold."""
    if isinstance(value, str):
        return Decimal(str(value)) if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    number = Decimal(value)
    if not number.is_finite() or abs(number) >= _LARGEST or (number and abs(number) < _SMALLEST):
        return None
    return number


def _is_plain_text(value: Any) -> bool:
    """True for text from the file, which must not stand for a number where a number belongs."""
    return isinstance(value, str) and not isinstance(value, EnvironmentText)


def _positive(value: Any) -> Decimal:
    number = number_of(value)
    if number is None or number <= 0:
        wrong("expected a positive number")
    return number


def share_of_one(value: Any) -> Decimal | None:
    """The number, a hundredth of it where it is a percentage; None for anything else."""
    is_percent = isinstance(value, str) and value.endswith("%")
    number = number_of(str(value)[:-1] if is_percent else value)
    return number / HUNDRED if number is not None and is_percent else number


def _ratio(value: Any) -> Decimal:
    """`"0.05%"`, `"0.0005"` and 0.0005 are the same."""
    ratio = share_of_one(value)
    if ratio is None or not 0 <= ratio < ONE:
        wrong('expected a ratio from 0 to below 1, such as "0.0005" or "0.05%"')
    return ratio


def _signed_ratio(value: Any) -> Decimal:
    """As `_ratio`, and negative too: `"-0.01%"`."""
    ratio = share_of_one(value)
    if ratio is None or not -ONE < ratio < ONE:
        wrong('expected a ratio between -1 and 1, such as "0.0001" or "-0.01%"')
    return ratio


def _share(value: Any) -> Decimal:
    """`"40%"`, `"0.4"` and 0.4 are the same; 1 is the whole."""
    share = share_of_one(value)
    if share is None or not _LEAST_SHARE <= share <= ONE:
        wrong('expected a share from 0.01 to 1, such as "0.4" or "40%"')
    return share


def choice_of(options: type[Choice]) -> Callable[[Any], Choice]:
    """A reader of one of the words."""

    def read(value: Any) -> Choice:
        words = [option.value for option in options]
        if not isinstance(value, str) or value not in words:
            wrong(f"expected one of {', '.join(words)}")
        return options(str(value))

    return read


def _seconds(value: Any, least: Decimal) -> Decimal:
    number = None if _is_plain_text(value) else number_of(value)
    if number is None or number < least or number > TEN_YEARS_S:
        wrong(f"expected a number of seconds, {'0' if not least else 'above 0'} to {TEN_YEARS_S}")
    return number


def _seconds_within(value: Any, least: int, most: int) -> Decimal:
    number = None if _is_plain_text(value) else number_of(value)
    if number is None or not least <= number <= most:
        wrong(f"expected a number of seconds from {least} to {most}")
    return number


def _whole_number(value: Any, least: int, most: int) -> int:
    if isinstance(value, EnvironmentText) and _WHOLE.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        wrong(f"expected a whole number from {least} to {most}")
    return value


def _interval(value: Any) -> int:
    hours = int(value) if isinstance(value, EnvironmentText) and _WHOLE.fullmatch(value) else value
    if not isinstance(hours, int) or isinstance(hours, bool) or hours not in _PARTS_OF_A_DAY:
        wrong(f"expected one of {', '.join(map(str, _PARTS_OF_A_DAY))} hours")
    return hours


def _interval_or_never(value: Any) -> int:
    is_never = (value == 0 and not isinstance(value, bool)) or (isinstance(value, EnvironmentText) and value == "0")
    return 0 if is_never else _interval(value)


def _truth(value: Any) -> bool:
    if isinstance(value, EnvironmentText) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if not isinstance(value, bool):
        wrong("expected true or false")
    return value


def is_true(value: Any) -> bool:
    """True for what the configuration or the environment spells as true."""
    return value is True or (isinstance(value, EnvironmentText) and value.lower() == "true")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        wrong("expected text")
    return str(value)


def _host(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9._:-]{1,255}", value):
        wrong('expected an address or host name such as "127.0.0.1"')
    return str(value)


def _identifier(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        wrong("expected 1 to 32 letters, digits, - or _")
    if value.lower() == RESERVED_ID:
        stated(f'"{RESERVED_ID}" is reserved for what belongs to no strategy')
    return str(value)


def is_currency(value: Any) -> bool:
    """True for text such as USDT."""
    return isinstance(value, str) and _CURRENCY.fullmatch(value) is not None


def _currency(value: Any) -> str:
    if not is_currency(value):
        wrong('expected a currency in capitals such as "USDT"')
    return str(value)


def _secret(value: Any) -> SecretStr:
    if not isinstance(value, str):
        stated(f"expected text of at least {LEAST_SECRET} characters")
    if len(value) < LEAST_SECRET:
        stated(f"expected at least {LEAST_SECRET} characters, got {len(value)}")
    if not (value.isascii() and value.isprintable() and value == value.strip()):
        stated("expected printable ASCII characters without spaces around them")
    return SecretStr(str(value))


def _api_key(value: Any) -> SecretStr:
    """A venue decides what its keys look like; none is so short that other texts would have it in them by chance."""
    is_key = isinstance(value, str) and value.isascii() and value.isprintable() and " " not in value
    if not is_key or len(value) < LEAST_KEY:
        stated(f"expected at least {LEAST_KEY} printable ASCII characters without spaces")
    return SecretStr(str(value))


def _range(value: Any) -> IPv4Network | IPv6Network | Preset:
    names = " or ".join(f'"{name}"' for name in PRESETS)
    expected = f'expected an address such as "10.0.0.1", a range such as "10.0.0.0/8", or {names}'
    if not isinstance(value, str):
        wrong(expected)
    if value in PRESETS:
        return PRESETS[value]
    try:
        return ip_network(str(value))
    except ValueError as error:
        has_host_bits = "has host bits set" in str(error)
        wrong("expected a range whose address has no bits beyond its prefix" if has_host_bits else expected)


def _forwarding_header(value: Any) -> str:
    known = [name for name in FORWARDING_HEADERS if isinstance(value, str) and value.lower() == name.lower()]
    if not known:
        wrong(f"expected {' or '.join(FORWARDING_HEADERS)}")
    return known[0]


def _subject_field(value: Any) -> str:
    if value not in SUBJECT_FIELDS:
        wrong(f"expected one of {', '.join(SUBJECT_FIELDS)}")
    return str(value)


def _not_empty(value: Mapping[str, str]) -> Mapping[str, str]:
    """A subject of which nothing is asked would be everybody's."""
    if not value:
        wrong('expected at least one field, such as { CN = "TradingView Webhooks" }')
    return value


def _database_url(value: Any) -> str:
    if not isinstance(value, str) or not _DATABASE.fullmatch(value):
        stated('only a file can hold the data yet, as in "sqlite+aiosqlite:///quartermaster.db"')
    return str(value)


def _one_of(value: Any, words: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value.lower() not in words:
        wrong(f"expected one of {', '.join(words)}")
    return value.lower()


def _file(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or value.endswith("/"):
        wrong("expected the name of a file")
    return str(value)


def path_in(database_url: str) -> str:
    """The file that a valid database URL names."""
    return database_url.partition(":///")[2]


Positive = Annotated[Decimal, BeforeValidator(_positive)]
Ratio = Annotated[Decimal, BeforeValidator(_ratio)]
SignedRatio = Annotated[Decimal, BeforeValidator(_signed_ratio)]
Share = Annotated[Decimal, BeforeValidator(_share)]
Hours = Annotated[int, BeforeValidator(_interval)]
HoursOrNever = Annotated[int, BeforeValidator(_interval_or_never)]
Seconds = Annotated[Decimal, BeforeValidator(lambda value: _seconds(value, _SMALLEST))]
SecondsOrNone = Annotated[Decimal, BeforeValidator(lambda value: _seconds(value, Decimal(0)))]
ReconcileEvery = Annotated[Decimal, BeforeValidator(lambda value: _seconds_within(value, 1, 3600))]
ScreenEvery = Annotated[Decimal, BeforeValidator(lambda value: _seconds_within(value, 10, 86400))]
SwitchAfter = Annotated[Decimal, BeforeValidator(lambda value: _seconds_within(value, 5, 300))]
ReceiveWindow = Annotated[Decimal, BeforeValidator(lambda value: _seconds_within(value, 1, 30))]
SendTimeout = Annotated[Decimal, BeforeValidator(lambda value: _seconds_within(value, 1, 60))]
Port = Annotated[int, BeforeValidator(lambda value: _whole_number(value, 1, 65535))]
Bytes = Annotated[int, BeforeValidator(lambda value: _whole_number(value, 1, 2**30))]
Count = Annotated[int, BeforeValidator(lambda value: _whole_number(value, 0, 1_000_000))]
Truth = Annotated[bool, BeforeValidator(_truth)]
Text = Annotated[str, BeforeValidator(_text)]
Host = Annotated[str, BeforeValidator(_host)]
Identifier = Annotated[str, BeforeValidator(_identifier)]
Currency = Annotated[str, BeforeValidator(_currency)]
Secret = Annotated[SecretStr, BeforeValidator(_secret)]
ApiKey = Annotated[SecretStr, BeforeValidator(_api_key)]
Range = Annotated[IPv4Network | IPv6Network | Preset, BeforeValidator(_range)]
LogLevel = Annotated[str, BeforeValidator(lambda value: _one_of(value, LOG_LEVELS))]
LogFormat = Annotated[str, BeforeValidator(lambda value: _one_of(value, LOG_FORMATS))]
File = Annotated[str, BeforeValidator(_file)]
ForwardingHeader = Annotated[str, BeforeValidator(_forwarding_header)]
DatabaseUrl = Annotated[str, BeforeValidator(_database_url)]
Subject = Annotated[Mapping[Annotated[str, BeforeValidator(_subject_field)], Text], AfterValidator(_not_empty)]
