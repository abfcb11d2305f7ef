"""How a body was read is told for any body, taken or not."""

from decimal import Decimal

from app.intake.explanation import MOST_LISTED, explain


def test_every_field_is_told_with_the_key_it_came_under() -> None:
    found = explain({"Ticker": "BYBIT:BTCUSDT.P", "side": "buy", "qty": Decimal("0.01"), "colour": "red"})
    assert found.family == "plain"
    assert [(known.field, known.key, known.value) for known in found.fields] == [
        ("symbol", "Ticker", "BYBIT:BTCUSDT.P"),
        ("action", "side", "buy"),
        ("quantity", "qty", "0.01"),
    ]
    assert found.ignored == ("colour",)
    assert found.has("symbol")
    assert not found.has("strategy")


def test_synonyms_of_one_field_are_all_told() -> None:
    found = explain({"qty": "1", "amount": "2"})
    assert [(known.field, known.key) for known in found.fields] == [("quantity", "qty"), ("quantity", "amount")]


def test_a_key_that_refuses_the_alert_is_not_called_ignored() -> None:
    assert explain({"symbol": "x", "sl": "1", "note": "n"}).ignored == ("note",)


def test_a_body_of_nonsense_is_told_within_bounds() -> None:
    found = explain({f"k{number}{'x' * 100}": number for number in range(500)})
    assert len(found.ignored) == MOST_LISTED
    assert max(map(len, found.ignored)) == 64
    assert found.fields == ()


def test_a_value_is_short() -> None:
    (field,) = explain({"comment": "x" * 1000}).fields
    assert len(field.value) == 64
