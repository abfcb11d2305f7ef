"""An alert becomes the signal it means, or is refused with every field at fault."""

import hashlib
import json
from dataclasses import astuple
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.intake.body import parse_body
from app.intake.canonical import FIELDS
from app.intake.plain import SYNONYMS
from app.intake.refusal import Refused
from app.intake.secrets import redacted, take_secret
from app.intake.translate import translate
from portfolio.model.order import OrderType, TimeInForce
from portfolio.model.signal import Action, MarketPosition, Signal, Size, SizeType

BTC = "BTC/USDT:USDT"
ETH = "ETH/USDT:USDT"


def read(desk, **fields: Any) -> Signal:
    """The signal of an alert for `trend` with these fields; a field given as None is left out."""
    alert = {"strategy": "trend", "symbol": BTC, "action": "buy", "quantity": 1} | fields
    present = {key: value for key, value in alert.items() if value is not None}
    return translate(parse_body(json.dumps(present).encode()), desk)


def refused(desk, **fields: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        read(desk, **fields)
    return caught.value


def answer_to(alert: dict[str, Any], desk) -> Signal | Refused:
    """What the whole way from bytes to a signal ends with."""
    try:
        presented, body = take_secret(parse_body(json.dumps(alert).encode()))
        return translate(redacted(body, presented), desk)
    except Refused as error:
        return error


def at_fault(error: Refused) -> list[str]:
    return [each.field for each in error.errors]


def test_a_full_canonical_alert_is_understood(desk):
    alert = {
        "id": "a-1",
        "strategy": "trend",
        "symbol": "BYBIT:BTCUSDT.P",
        "action": "buy",
        "quantity": "0.01",
        "quantity_type": "units",
        "order_type": "limit",
        "price": 63000.5,
        "reduce_only": False,
        "time_in_force": "GTC",
        "market_position": "long",
        "position_size": 0.02,
        "prev_market_position": "flat",
        "time": "2026-01-31T12:00:00Z",
        "comment": "cross over",
        "interval": "15",
    }
    body = parse_body(json.dumps(alert).encode())
    signal = translate(body, desk)
    content = (
        '{"action":"buy","comment":"cross over","id":"a-1","interval":"15","market_position":"long",'
        '"order_type":"limit","position_size":"0.02","prev_market_position":"flat","price":"63000.5",'
        '"quantity":"0.01","quantity_type":"units","reduce_only":false,"strategy":"trend",'
        '"symbol":"BYBIT:BTCUSDT.P","time":"2026-01-31T12:00:00Z","time_in_force":"GTC"}'
    )
    assert signal == Signal(
        family="canonical",
        strategy="trend",
        symbol=BTC,
        action=Action.BUY,
        content=content,
        content_hash=hashlib.sha256(content.encode()).hexdigest(),
        alert_id="a-1",
        size=Size(Decimal("0.01")),
        order_type=OrderType.LIMIT,
        price=Decimal("63000.5"),
        reduce_only=False,
        time_in_force=TimeInForce.GTC,
        market_position=MarketPosition.LONG,
        position_size=Decimal("0.02"),
        prev_market_position=MarketPosition.FLAT,
        time=datetime(2026, 1, 31, 12, 0, tzinfo=UTC),
        comment="cross over",
    )


def test_a_small_bots_alert_is_understood(desk):
    signal = translate(
        parse_body(b'{"TICKER": "BTCUSDT", "SIDE": "BUY", "QTY": "5%", "ID": 17, "orderType": "LIMIT", "PRICE": "5"}'),
        desk,
    )
    assert signal.family == "plain"
    assert (signal.strategy, signal.symbol, signal.action, signal.alert_id) == ("trend", BTC, Action.BUY, "17")
    assert signal.size == Size(Decimal(5), SizeType.PERCENT_OF_EQUITY)
    assert (signal.order_type, signal.price) == (OrderType.LIMIT, Decimal(5))


@pytest.mark.parametrize(
    ("key", "field"),
    [(key, field) for key, field in sorted(SYNONYMS.items()) if field in ("symbol", "action", "quantity", "id")],
)
@pytest.mark.parametrize("spelled", [str.lower, str.upper, str.title])
def test_every_synonym_stands_for_its_field_in_any_case(desk, key, field, spelled):
    value = {"symbol": "BTCUSDT.P", "action": "sell", "quantity": 3, "id": "x"}[field]
    signal = read(desk, **({field: None} | {spelled(key): value}))
    meant = {"symbol": signal.symbol, "action": signal.action, "quantity": signal.size, "id": signal.alert_id}[field]
    assert meant == {"symbol": BTC, "action": Action.SELL, "quantity": Size(Decimal(3)), "id": "x"}[field]
    assert signal.family == ("canonical" if spelled(key) in FIELDS else "plain")


@pytest.mark.parametrize("key", ["reduce_only", "reduceOnly", "REDUCE_ONLY", "reduceonly"])
@pytest.mark.parametrize("value", [True, "true", "True"])
def test_reduce_only_is_read_in_both_spellings(desk, key, value):
    assert read(desk, **{key: value}).reduce_only is True


@pytest.mark.parametrize("key", ["order_type", "orderType", "type", "TYPE"])
def test_the_order_type_is_read_under_each_of_its_names(desk, key):
    assert read(desk, **{key: "Limit"}, price=5).order_type is OrderType.LIMIT


@pytest.mark.parametrize("word", [*Action, "BUY", "Close", "exit", "EXIT"])
def test_actions_are_taken_in_any_case(desk, word):
    assert read(desk, action=word).action == word.lower().replace("exit", "close")


@pytest.mark.parametrize(
    "word", ["", "hold", "buy ", "bu\u212a", "buy,sell", 1, True, ["buy"], {"a": "buy"}, "ENTER-LONG"]
)
def test_any_other_action_is_refused(desk, word):
    error = refused(desk, action=word)
    assert (error.status, error.code, at_fault(error)) == (422, "INVALID_FIELD", ["action"])


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"quantity": 0.5}, Size(Decimal("0.5"))),
        ({"quantity": "0.5"}, Size(Decimal("0.5"))),
        ({"quantity": "5%"}, Size(Decimal(5), SizeType.PERCENT_OF_EQUITY)),
        ({"quantity": "2.5%", "action": "reverse"}, Size(Decimal("2.5"), SizeType.PERCENT_OF_EQUITY)),
        ({"quantity": "50%", "action": "close"}, Size(Decimal(50), SizeType.PERCENT_OF_POSITION)),
        ({"quantity": "50%", "action": "exit"}, Size(Decimal(50), SizeType.PERCENT_OF_POSITION)),
        ({"quantity": "50%", "action": "flat"}, Size(Decimal(50), SizeType.PERCENT_OF_POSITION)),
        (
            {"quantity": "50%", "action": "close", "quantity_type": "percent_of_equity"},
            Size(Decimal(50), SizeType.PERCENT_OF_EQUITY),
        ),
        ({"quantity": "5%", "quantity_type": "percent_of_position"}, Size(Decimal(5), SizeType.PERCENT_OF_POSITION)),
        ({"quantity": 5, "quantity_type": "PERCENT_OF_EQUITY"}, Size(Decimal(5), SizeType.PERCENT_OF_EQUITY)),
        ({"quantity": 100, "quantity_type": "notional"}, Size(Decimal(100), SizeType.NOTIONAL)),
        ({"quantity": 2, "quantity_type": "units"}, Size(Decimal(2))),
        ({"quantity": None, "action": "close"}, None),
        ({"quantity": None, "action": "reverse"}, None),
        ({"quantity": None, "action": "cancel"}, None),
        ({"quantity": None, "strategy": "sized", "symbol": ETH}, None),
        ({"quantity": None, "position_size": 2}, None),
        ({"quantity": None, "position_size": 0, "market_position": "flat"}, None),
        ({"quantity": None, "market_position": "flat"}, None),
    ],
)
def test_how_much_is_read(desk, fields, size):
    assert read(desk, **fields).size == size


@pytest.mark.parametrize("action", ["buy", "sell", "long", "short"])
@pytest.mark.parametrize("target", [{}, {"market_position": "long"}, {"prev_market_position": "flat"}])
def test_an_entry_without_any_size_is_refused(desk, action, target):
    error = refused(desk, action=action, quantity=None, **target)
    assert (error.status, error.code, at_fault(error)) == (422, "NO_QUANTITY", ["quantity"])


@pytest.mark.parametrize(
    ("fields", "field", "value"),
    [
        ({"quantity": 0}, "quantity", "0"),
        ({"quantity": -1}, "quantity", "-1"),
        ({"quantity": "-0.5"}, "quantity", "-0.5"),
        ({"quantity": True}, "quantity", "true"),
        ({"quantity": []}, "quantity", "[]"),
        ({"quantity": {"a": 1.50}}, "quantity", '{"a":1.5}'),
        ({"quantity": "abc"}, "quantity", "abc"),
        ({"quantity": ""}, "quantity", ""),
        ({"quantity": "%"}, "quantity", "%"),
        ({"quantity": "5 %"}, "quantity", "5 %"),
        ({"quantity": "0%"}, "quantity", "0%"),
        ({"quantity": "5%%"}, "quantity", "5%%"),
        ({"quantity": "1e19"}, "quantity", "1e19"),
        ({"quantity": "x" * 100}, "quantity", "x" * 64),
        ({"quantity": "{{strategy.order.contracts}}"}, "quantity", "{{strategy.order.contracts}}"),
        ({"quantity": "5%", "quantity_type": "units"}, "quantity", "5%"),
        ({"quantity": "5%", "quantity_type": "notional"}, "quantity", "5%"),
        ({"quantity": None, "action": "close", "quantity_type": "units"}, "quantity_type", "units"),
        ({"quantity_type": "fixed_quantity"}, "quantity_type", "fixed_quantity"),
        ({"price": 0}, "price", "0"),
        ({"price": -5}, "price", "-5"),
        ({"price": "NaN"}, "price", "NaN"),
        ({"price": "{{close}}"}, "price", "{{close}}"),
        ({"order_type": "limit", "price": "abc"}, "price", "abc"),
        ({"order_type": "iceberg"}, "order_type", "iceberg"),
        ({"order_type": 5}, "order_type", "5"),
        ({"time_in_force": True}, "time_in_force", "true"),
        ({"reduce_only": "yes"}, "reduce_only", "yes"),
        ({"reduce_only": 1}, "reduce_only", "1"),
        ({"market_position": "bullish"}, "market_position", "bullish"),
        ({"market_position": ""}, "market_position", ""),
        ({"prev_market_position": 1}, "prev_market_position", "1"),
        ({"position_size": "much"}, "position_size", "much"),
        ({"position_size": 1, "market_position": "flat"}, "position_size", "1"),
        ({"position_size": -1, "market_position": "long"}, "position_size", "-1"),
        ({"position_size": 0, "market_position": "long"}, "position_size", "0"),
        ({"position_size": 0, "market_position": "short"}, "position_size", "0"),
        ({"time": "yesterday"}, "time", "yesterday"),
        ({"time": "{{timenow}}"}, "time", "{{timenow}}"),
        ({"id": ""}, "id", ""),
        ({"id": "x" * 129}, "id", "x" * 64),
        ({"id": "{{strategy.order.id}}"}, "id", "{{strategy.order.id}}"),
        ({"comment": ["a"]}, "comment", '["a"]'),
        ({"symbol": "{{ticker}}"}, "symbol", "{{ticker}}"),
        ({"symbol": 5}, "symbol", "5"),
        ({"strategy": {"position_size": 1}}, "strategy", '{"position_size":1}'),
        ({"strategy": ""}, "strategy", ""),
    ],
)
def test_a_field_that_says_nothing_sensible_is_named_with_its_value(desk, fields, field, value):
    error = refused(desk, **fields)
    assert (error.status, error.code) == (422, "INVALID_FIELD")
    assert [(each.field, each.value) for each in error.errors] == [(field, value)]
    assert field in error.detail


@pytest.mark.parametrize("field", sorted(FIELDS - {"comment", "stop_price"}))
def test_null_is_refused_in_every_field(desk, field):
    alert = {"strategy": "trend", "symbol": BTC, "action": "buy", "quantity": 1, field: None}
    with pytest.raises(Refused) as caught:
        translate(parse_body(json.dumps(alert).encode()), desk)
    assert at_fault(caught.value) == [field]
    assert caught.value.errors[0].value == "null"


def test_a_comment_may_hold_a_placeholder_and_is_cut(desk):
    assert read(desk, comment="{{strategy.order.comment}}").comment == "{{strategy.order.comment}}"
    assert read(desk, comment="x" * 501).comment == "x" * 500
    assert read(desk, comment=5).comment == "5"


@pytest.mark.parametrize(
    ("fields", "size"),
    [
        ({"position_size": 2}, 2),
        ({"position_size": "-2"}, -2),
        ({"position_size": 2, "market_position": "long"}, 2),
        ({"position_size": 2, "market_position": "short"}, -2),
        ({"position_size": -2, "market_position": "SHORT"}, -2),
        ({"position_size": 0, "market_position": "flat"}, 0),
        ({"position_size": "-0", "market_position": "flat"}, 0),
        ({"market_position": "short"}, None),
    ],
)
def test_the_position_size_is_signed(desk, fields, size):
    assert read(desk, **fields).position_size == size


def test_a_limit_order_needs_a_price(desk):
    error = refused(desk, order_type="limit")
    assert (error.status, error.code, at_fault(error)) == (422, "MISSING_FIELD", ["price"])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"type": "trailing_stop"}, "type"),
        ({"order_type": "TAKE_PROFIT_LIMIT", "price": 5}, "order_type"),
    ],
)
def test_orders_that_come_later_are_refused_by_name(desk, fields, field):
    error = refused(desk, **fields)
    assert (error.status, error.code, at_fault(error)) == (422, "NOT_SUPPORTED", [field])


FOREIGN_KEYS = [
    *("sentiment", "quantityType", "QUANTITYTYPE", "signalPrice", "limitPrice", "limit_price"),
    *("stop-loss", "stop_loss_percent", "TAKE_PROFIT_PRICE_1"),
    *("max_lag", "maxLag", "trigger_price", "tv_instrument", "bot_uuid", "strategy_info"),
    *("order", "code", "amountPerTradeType", "amountPerTrade", "leverage", "LEVERAGE"),
    *("trailing", "trailing_stop", "trailingStop", "trailAmount", "trailPercent", "marketPosition"),
    *("prevMarketPosition", "marketPositionSize", "market_position_size", "investmentType", "instrument", "tp"),
    *("sl", "positionSize", "notional", "cost", "risk", "riskPercent", "prevPositionSize"),
    *("qty_pct", "position", "account", "reduce-only", "alertId"),
]


@pytest.mark.parametrize("key", FOREIGN_KEYS)
@pytest.mark.parametrize("value", [5, {"percent": 5}, "x"])
def test_a_key_that_changes_what_is_traded_is_refused_until_it_is_supported(desk, key, value):
    error = refused(desk, **{key: value})
    assert (error.status, error.code, at_fault(error)) == (422, "NOT_SUPPORTED", [key])


def test_the_secret_of_another_service_is_not_shown(desk):
    error = refused(desk, signalToken="abc")
    assert error.code == "NOT_SUPPORTED"
    assert "abc" not in str((error.detail, error.errors))


@pytest.mark.parametrize(
    "key",
    ["interval", "extras", "timestamp", "exchange", "tv_exchange", "close", "bar", "name"],
)
def test_any_other_key_is_kept_and_ignored(desk, key):
    signal = read(desk, **{key: "{{anything}}"})
    assert json.loads(signal.content)[key] == "{{anything}}"
    assert signal.family == "canonical"


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"ticker": "ETHUSDT"}, {"symbol", "ticker"}),
        ({"SYMBOL": ETH}, {"symbol", "SYMBOL"}),
        ({"qty": 2}, {"quantity", "qty"}),
        ({"qty": "1%"}, {"quantity", "qty"}),
        ({"volume": 1234.5}, {"quantity", "volume"}),
        ({"side": "sell"}, {"action", "side"}),
        ({"direction": "long"}, {"action", "direction"}),
        ({"id": "a", "alert_id": "b"}, {"id", "alert_id"}),
        ({"order_type": "market", "type": "limit", "price": 1}, {"order_type", "type"}),
        ({"reduce_only": True, "reduceOnly": False}, {"reduce_only", "reduceOnly"}),
        ({"ticker": BTC, "pair": ETH}, {"symbol", "pair"}),
    ],
)
def test_synonyms_that_disagree_are_both_named(desk, fields, keys):
    error = refused(desk, **fields)
    assert (error.status, error.code, set(at_fault(error))) == (422, "INVALID_FIELD", keys)


@pytest.mark.parametrize(
    "fields",
    [
        {"ticker": "BYBIT:BTCUSDT.P"},
        {"market": "MYBTC"},
        {"qty": "1.00", "size": 1},
        {"side": "BUY"},
        {"action": "close", "side": "exit"},
        {"id": "5", "ID": 5},
    ],
)
def test_synonyms_that_agree_are_fine(desk, fields):
    assert read(desk, **fields).family == "plain"


def test_a_synonym_that_cannot_be_read_is_refused_beside_one_that_can(desk):
    assert at_fault(refused(desk, qty="lots")) == ["qty"]


def test_all_errors_are_reported_together(desk):
    error = refused(desk, action="hold", quantity=-1, price="x", sl=5, symbol="nope", strategy="nobody")
    assert set(at_fault(error)) == {"action", "quantity", "price", "sl", "symbol", "strategy"}
    assert (error.status, error.code) == (422, "NOT_SUPPORTED")
    assert all(field in error.detail for field in at_fault(error))


@pytest.mark.parametrize("field", ["symbol", "action"])
def test_what_every_alert_needs_is_named_when_missing(desk, field):
    error = refused(desk, **{field: None})
    assert (error.status, error.code, at_fault(error)) == (422, "MISSING_FIELD", [field])
    assert error.errors[0].value is None


def test_an_empty_object_is_refused_with_what_is_missing(desk):
    with pytest.raises(Refused) as caught:
        translate({}, desk)
    assert at_fault(caught.value) == ["symbol", "action"]


def test_an_unknown_strategy_is_not_found(desk):
    error = refused(desk, strategy="trendy")
    assert (error.status, error.code, at_fault(error)) == (404, "UNKNOWN_STRATEGY", ["strategy"])
    assert "did you mean trend?" in error.detail


def test_an_unknown_symbol_gets_a_suggestion(desk):
    error = refused(desk, symbol="BTCUSTD.P")
    assert (error.status, error.code, at_fault(error)) == (422, "UNKNOWN_SYMBOL", ["symbol"])
    assert "did you mean BTCUSDT.P?" in error.detail


@pytest.mark.parametrize("symbol", ["SOL/USDT:USDT", "SOLUSDT.P", "XRP/USDT:USDT", "GONE", "btcusdt", " BTCUSDT"])
def test_a_symbol_the_strategys_account_does_not_have_is_refused(desk, symbol):
    error = refused(desk, symbol=symbol)
    assert (error.status, error.code, at_fault(error)) == (422, "UNKNOWN_SYMBOL", ["symbol"])


def test_a_known_symbol_outside_the_strategys_list_is_left_to_the_core(desk):
    assert read(desk, symbol=ETH).strategy == "trend"


def test_the_one_strategy_that_trades_the_symbol_is_meant_when_none_is_named(desk):
    assert read(desk, strategy=None).strategy == "trend"


@pytest.mark.parametrize(
    ("symbol", "code", "named"),
    [(ETH, "AMBIGUOUS_STRATEGY", ["sized", "other"]), ("SOLUSDT.P", "NO_STRATEGY", ["trend", "sol-only"])],
)
def test_no_strategy_is_guessed(desk, symbol, code, named):
    error = refused(desk, strategy=None, symbol=symbol)
    assert (error.status, error.code, at_fault(error)) == (422, code, ["strategy"])
    assert all(name in error.detail for name in named)


def test_equal_alerts_have_equal_content(desk):
    first = translate(
        parse_body(b'{"symbol":"MYBTC","action":"buy","quantity":0.01,"x":{"b":1e3,"a":"\xc3\xbc"}}'), desk
    )
    again = translate(
        parse_body(b'{ "x": {"a": "\\u00fc", "b": 1000.0}, "quantity": 0.010, "action": "buy", "symbol": "MYBTC"}'),
        desk,
    )
    other = translate(
        parse_body(b'{"symbol":"MYBTC","action":"buy","quantity":0.011,"x":{"b":1e3,"a":"\xc3\xbc"}}'), desk
    )
    assert first.content == again.content
    assert first.content_hash == again.content_hash != other.content_hash
    assert '"a":"ü"' in first.content


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
SENSIBLE = st.sampled_from(
    [
        *("buy", "SELL", "close", "long", "flat", "limit", "market", "trend", "sized", "GTC", "units"),
        *(BTC, ETH, "BTCUSDT.P", "5%", "0.01", "percent_of_equity", "2026-01-31T12:00:00Z", "true", "{{close}}"),
        *(1, 0, -2, 1769860800, True, None),
    ]
)
KEYS = st.sampled_from([*SYNONYMS, *FOREIGN_KEYS, "TICKER", "Side", "interval"])
GOOD_ALERT = st.just({"symbol": BTC, "action": "buy", "quantity": 1}) | st.just({})


@given(GOOD_ALERT, st.dictionaries(KEYS | st.text(max_size=8), SENSIBLE | JUNK, max_size=8))
def test_any_object_gives_a_signal_or_a_refusal(desk, alert, extra):
    answer = answer_to(alert | extra, desk)
    if isinstance(answer, Refused):
        assert answer.status in (404, 422)
        assert answer.errors
        assert all(error.message for error in answer.errors)
    else:
        assert desk.knows(desk.setup.strategies[answer.strategy], answer.symbol)
        assert answer.size is None or answer.size.amount > 0
        assert answer.content_hash == hashlib.sha256(answer.content.encode()).hexdigest()


SECRET = 'Tr0ub4dor & "3"'
LEAKS = st.sampled_from([SECRET, f"x{SECRET}y", [SECRET], {SECRET: SECRET}])


@given(
    GOOD_ALERT,
    st.dictionaries(KEYS | st.just(SECRET) | st.sampled_from(["comment", "id"]), LEAKS | SENSIBLE, max_size=8),
    st.sampled_from(["secret", "TOKEN", "key"]),
)
def test_a_secret_never_gets_out(desk, alert, extra, key):
    answer = answer_to(alert | extra | {key: SECRET}, desk)
    if isinstance(answer, Refused):
        told = [answer.detail, *(text or "" for error in answer.errors for text in astuple(error))]
    else:
        told = [answer.content, answer.alert_id or "", answer.comment or ""]
    assert all(SECRET not in text and json.dumps(SECRET)[1:-1] not in text for text in told)
