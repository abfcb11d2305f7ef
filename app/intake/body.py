"""Strict JSON: exact numbers, no key twice, no NaN, at most 16 levels."""

import json
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from app.intake.refusal import Fault, FieldError, Refused, refusal
from app.intake.secrets import is_secret_key

MAX_DEPTH = 16
_LONGEST_NUMBER = 100
_LARGEST_EXPONENT = 100
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")
_ONLY_JSON = 'Send one JSON object such as {"symbol": "BTC/USDT:USDT", "action": "buy"}; plain text is not supported.'


def parse_body(raw: bytes) -> dict[str, Any]:
    """The JSON object in `raw`, every number a Decimal.

    Raises Refused: 400 where the text cannot be parsed, 422 where what it says is wrong.
    """
    value = _parsed(_text(raw))
    if not isinstance(value, dict):
        raise Refused(422, "NOT_AN_OBJECT", f"The body is JSON but not an object. {_ONLY_JSON}")
    return value


def _text(raw: bytes) -> str:
    try:
        text = raw.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Refused(400, "NOT_UTF8", f"The body is not UTF-8: byte {error.start} cannot be decoded.") from None
    if not text.strip():
        raise Refused(400, "EMPTY_BODY", f"The body is empty. {_ONLY_JSON}")
    return text


def _parsed(text: str) -> Any:
    """The fast way for an ordinary body; anything that may be wrong is parsed again, to name what is."""
    if text.count("{") + text.count("[") <= MAX_DEPTH and not ("\\u" in text and _SURROGATE_ESCAPE.search(text)):
        try:
            return _decoded(_FAST, text)
        except _SuspicionError:
            pass
    return _inspected(_decoded(_CAREFUL, text))


def _decoded(decoder: json.JSONDecoder, text: str) -> Any:
    try:
        return decoder.decode(text)
    except json.JSONDecodeError as error:
        raise Refused(400, "NOT_JSON", f"The body is not JSON: {error}. {_ONLY_JSON}") from None
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> Refused:
    return Refused(400, "TOO_DEEP", f"The body is nested deeper than {MAX_DEPTH} levels.")


class _SuspicionError(Exception):
    """The fast decoder met something that has to be refused by name."""


def _fast_number(text: str) -> Decimal:
    number = _number(text)
    if number is None:
        raise _SuspicionError
    return number


def _fast_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _SuspicionError
    return value


def _fast_constant(_name: str) -> NoReturn:
    raise _SuspicionError


def _number(text: str) -> Decimal | None:
    """The exact number; None where writing it out would take more than a few hundred digits."""
    if len(text) > _LONGEST_NUMBER:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if -_LARGEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT else None


class _Pairs(list[tuple[str, Any]]):
    """An object's members as written, repeated keys included."""


class _Numeral(str):
    """A number, NaN or Infinity as written."""


_FAST = json.JSONDecoder(
    parse_int=_fast_number, parse_float=_fast_number, parse_constant=_fast_constant, object_pairs_hook=_fast_object
)
_CAREFUL = json.JSONDecoder(parse_int=_Numeral, parse_float=_Numeral, parse_constant=_Numeral, object_pairs_hook=_Pairs)


def _inspected(parsed: Any) -> Any:
    """The plain value of what the careful decoder read. Raises Refused with everything that is wrong in it."""
    faults: list[Fault] = []
    value = _plain(parsed, (), faults)
    if faults and isinstance(value, dict):
        raise refusal(faults)
    return value


def _plain(parsed: Any, path: tuple[str, ...], faults: list[Fault]) -> Any:
    """`parsed` with dicts and Decimals in place; what is wrong is added to `faults`."""
    if isinstance(parsed, list):
        if len(path) >= MAX_DEPTH:
            raise _too_deep()
        if not isinstance(parsed, _Pairs):
            return [_plain(item, (*path, str(index)), faults) for index, item in enumerate(parsed)]
        faults.extend(_key_faults(parsed, path))
        return {key: _plain(item, (*path, key), faults) for key, item in parsed}
    if isinstance(parsed, _Numeral):
        return _plain_number(parsed, path, faults)
    if isinstance(parsed, str) and _is_broken(parsed):
        faults.append(_fault("INVALID_FIELD", path, None, "contains half of a surrogate pair, which is not text"))
    return parsed


def _plain_number(numeral: str, path: tuple[str, ...], faults: list[Fault]) -> Decimal | None:
    number = _number(numeral) if numeral[-1].isdigit() else None
    if number is None:
        wrong = "is out of any sensible range" if numeral[-1].isdigit() else "is not a number that JSON knows"
        faults.append(_fault("INVALID_FIELD", path, str(numeral), wrong))
    return number


def _key_faults(pairs: _Pairs, path: tuple[str, ...]) -> Iterator[Fault]:
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            yield _fault("DUPLICATE_KEY", (*path, key), None, "appears more than once in the same object")
        elif _is_broken(key):
            yield _fault("INVALID_FIELD", (*path, key), None, "this key contains half of a surrogate pair")
        seen.add(key)


def _is_broken(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _fault(code: str, path: tuple[str, ...], value: str | None, message: str) -> Fault:
    """A fault at the dotted `path`; the value of a secret is not shown."""
    field = ".".join(path).encode("utf-8", "replace").decode()
    if value is None or any(map(is_secret_key, path)):
        return Fault(422, code, FieldError.absent(field, message))
    return Fault(422, code, FieldError.of(field, value, message))
