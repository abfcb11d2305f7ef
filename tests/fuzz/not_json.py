"""Bodies that are no JSON, or not the JSON that is read."""

import gzip
from random import Random

from tests.fuzz.good import Made, alert, good_body


def truncated(random: Random) -> Made:
    good = good_body(random)
    return good[: random.randrange(len(good))], {400}


def without_a_mark(random: Random) -> Made:
    """One quotation mark, brace or colon is missing: not one of those that a text may do without."""
    good = good_body(random, comment=...)
    places = [place for place, byte in enumerate(good) if byte in b'"{}' or good[place : place + 2] == b": "]
    place = random.choice(places)
    return good[:place] + good[place + 1 :], {400}


def with_more(random: Random) -> Made:
    """Something comes before or after the object, or a comma too many in it."""
    good = good_body(random)
    more = random.choice((b"x", b"\x00", b";", b"}", b"]", b"null", b"//", b"\xef\xbf\xbe", good))
    return random.choice((good + more, more + good, good[:-1] + b",}", b"{," + good[1:])), {400}


def raw_control_character(random: Random) -> Made:
    code = random.choice([*range(9), 11, 12, *range(14, 32)])
    good = good_body(random)
    place = good.index(b"fuzz-")
    return good[:place] + bytes([code]) + good[place:], {400}


def not_utf8(random: Random) -> Made:
    wrong = (b"\xff", b"\xc0\x80", b"\xe2\x82", b"\xf5\x80\x80\x80", b"\xed\xa0\x80", b"\x80", b"\xf0\x9f\x98")
    good = good_body(random)
    place = random.randrange(len(good))
    return good[:place] + random.choice(wrong) + good[place:], {400}


def another_encoding(random: Random) -> Made:
    encodings = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le")
    return good_body(random).decode().encode(random.choice(encodings)), {400}


def another_language(random: Random) -> Made:
    values = alert(random)
    form = "&".join(f"{name}={value}" for name, value in values.items())
    lines = "\n".join(f"{name}: {value}" for name, value in values.items())
    parts = "".join(f'--x\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n' for n, v in values.items())
    tags = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    single = str(values)
    return random.choice(
        (form, lines, parts + "--x--", f"<alert>{tags}</alert>", single, "buy now", "{{x}}")
    ).encode(), {400}


def compressed(random: Random) -> Made:
    return gzip.compress(good_body(random)), {400}


def empty(random: Random) -> Made:
    return random.choice((b"", b" ", b"\n\r\t" * 9, b"\xef\xbb\xbf", b"\xef\xbb\xbf  ")), {400}


def byte_order_marks(random: Random) -> Made:
    mark = b"\xef\xbb\xbf"
    good = good_body(random)
    return random.choice((mark + mark + good, good[:1] + mark + good[1:], good + mark, mark + good[:-1])), {400}


def too_deep(random: Random) -> Made:
    depth = random.choice((17, 18, 40, 300, 3000, 9000))
    opening, closing = random.choice((("[", "]"), ('{"a":', "}")))
    good = good_body(random).decode()
    return f'{good[:-1]}, "note": {opening * depth}1{closing * depth}}}'.encode(), {400}


def noise(random: Random) -> Made:
    """Bytes that begin as no JSON object can."""
    return bytes([random.choice(b"#$%&'()*+,/:;<=>?@")]) + random.randbytes(random.randrange(2000)), {400}
