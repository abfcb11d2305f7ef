"""Bodies that are JSON but no alert: one thing in them is wrong."""

import json
from random import Random

from tests.fuzz.good import Made, alert, text, written
from tests.servers import SECRET

WORDS = "NaN Infinity -Infinity 1e999 -1 0 -0 0x10 1,5 1_000 + 1.2.3 1e five 1;2 1e-99999 {{strategy.order.contracts}}"
NO_NUMBERS = (*WORDS.split(), "", " 1", "1 ", "1" * 300, "\u0661\u0662", "\uff11\uff12", "\u00bd")
CODE = "'; DROP TABLE orders;--|$(reboot)|../../etc/passwd|<script>|{{strategy.order.action}}"
LOOKALIKES = ("bu\u200by", "b\u03c5y", "\uff22\uff35\uff39", "buy\u0000", "\u202eyub", "\U0001f680")
NO_ACTIONS = (*CODE.split("|"), *LOOKALIKES, "yub", "buy buy", "BUY!", "hold", "0")


def no_object(random: Random) -> Made:
    values = ([], [alert(random)], "buy", 1, -1.5, True, None, "", [[[]]], json.dumps(alert(random)))
    return json.dumps(random.choice(values)).encode(), {422}


def missing(random: Random) -> Made:
    return written(random, **{random.choice(("symbol", "action", "quantity")): ...}), {422}


def wrong_type(random: Random) -> Made:
    name = random.choice(("symbol", "action", "quantity", "price", "strategy", "id"))
    value = random.choice((True, [], {}, [1], {"a": 1}, [[["x"]]], {"$gt": ""}, "", {"id": None}))
    return written(random, **{name: value}), {422}


def no_number(random: Random) -> Made:
    return written(random, **{random.choice(("quantity", "price")): random.choice(NO_NUMBERS)}), {422}


def no_literal(random: Random) -> Made:
    """NaN, Infinity, or a number that nobody can mean, bare."""
    numbers = (
        "NaN",
        "Infinity",
        "-Infinity",
        "1e999",
        "-1e-999",
        "9" * random.randrange(200, 6000),
        "0",
        "-7",
        "1E+400",
    )
    name = random.choice(("quantity", "price"))
    good = json.dumps(alert(random, **{name: "@"}))
    return good.replace('"@"', random.choice(numbers)).encode(), {422}


def twice(random: Random) -> Made:
    """A key that comes twice, known or not, at the top or below."""
    good = json.dumps(alert(random))
    name = random.choice(("id", "symbol", "action", "quantity", "price", "x"))
    more = random.choice((f'"{name}": "1", "{name}": "1"', '"note": {"a": 1, "a": 1}', '"note": [{"": 1, "": 2}]'))
    return f"{good[:-1]}, {more}}}".encode(), {422}


def odd_action(random: Random) -> Made:
    return written(random, action=random.choice((*NO_ACTIONS, "é" + text(random, 30)))), {422}


def odd_symbol(random: Random) -> Made:
    symbols = (
        "BTC/USDT:USDT ",
        " BTC/USDT:USDT",
        "btc\u200b/usdt",
        "BTC/USDT:EUR",
        "{{ticker}}",
        "%00",
        "BTC\u0000",
        "BTC\n",
    )
    return written(random, symbol=random.choice((*symbols, "é" + text(random, 300)))), {422}


def lone_surrogate(random: Random) -> Made:
    good = json.dumps(alert(random, **{random.choice(("symbol", "action", "id", "strategy")): "@"}))
    lone = random.choice(("\\ud800", "\\udfff", "\\udc00\\ud800", "x\\ud83d"))
    return good.replace("@", lone).encode(), {404, 422}


def odd_id(random: Random) -> Made:
    return written(random, id=random.choice(("", "a\u0000b", "a\nb", "\u007f", "x" * 129, "é" * 5000))), {422}


def odd_time(random: Random) -> Made:
    times = (
        "yesterday",
        "",
        "2026-02-30T00:00:00Z",
        "2026-01-01T00:00:00",
        -1,
        1e20,
        True,
        [],
        "{{timenow}}",
        "9" * 400,
    )
    return written(random, time=random.choice(times)), {422}


def gigantic(random: Random) -> Made:
    """A key or value of many thousand characters beside a field that is wrong, some beyond what may be sent."""
    size = random.choice((1_000, 20_000, 60_000, 70_000))
    key, value = random.choice((("k" * size, 1), ("note", "v" * size), ("note", list(range(size // 8)))))
    return json.dumps({key: value, **alert(random, action=...)}).encode(), {422}


def many_keys(random: Random) -> Made:
    keys = {f"key {number}": number for number in range(random.randrange(500, 3000))}
    return json.dumps({**keys, **alert(random, symbol=...)}).encode(), {422}


def no_secret(random: Random) -> Made:
    secrets = (
        ...,
        "",
        "wrong",
        SECRET[:-1],
        SECRET + " ",
        SECRET.upper(),
        [SECRET],
        {"a": SECRET},
        None,
        True,
        0,
        "é",
        "x" * 9000,
    )
    return written(random, **{random.choice(("secret", "passphrase", "Token")): random.choice(secrets)}), {401}
