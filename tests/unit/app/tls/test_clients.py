"""Whose certificate it is, by its subject."""

import time
from typing import Any

import pytest

from app.settings.model import TRADINGVIEW_SUBJECT
from app.tls.clients import STATE_KEY, certificate_of, has_subject

FIELDS = [
    ("countryName", "US"),
    ("stateOrProvinceName", "Ohio"),
    ("localityName", "Westerville"),
    ("organizationName", "TradingView, Inc."),
    ("commonName", "TradingView Webhooks"),
]


def certificate(*fields: tuple[str, str]) -> dict[str, Any]:
    return {"subject": tuple((field,) for field in fields), "notAfter": "Jan  1 00:00:00 2999 GMT"}


def test_tradingviews_subject_is_known_whatever_its_order_and_what_it_has_beside() -> None:
    assert has_subject(certificate(*FIELDS), TRADINGVIEW_SUBJECT)
    assert has_subject(certificate(*reversed(FIELDS), ("serialNumber", "1")), TRADINGVIEW_SUBJECT)


@pytest.mark.parametrize("missing", range(len(FIELDS)))
def test_each_field_must_be_there(missing: int) -> None:
    assert not has_subject(certificate(*(FIELDS[:missing] + FIELDS[missing + 1 :])), TRADINGVIEW_SUBJECT)


@pytest.mark.parametrize("place", range(len(FIELDS)))
def test_each_field_must_be_exactly_that_and_only_once(place: int) -> None:
    name, value = FIELDS[place]
    others = FIELDS[:place] + FIELDS[place + 1 :]
    assert not has_subject(certificate(*others, (name, value.upper() + " ")), TRADINGVIEW_SUBJECT)
    assert not has_subject(certificate(*FIELDS, (name, "another")), TRADINGVIEW_SUBJECT)


def test_a_certificate_without_a_subject_is_nobodys() -> None:
    assert not has_subject({"notAfter": "x"}, TRADINGVIEW_SUBJECT)


def test_a_request_has_the_certificate_of_its_connection_while_it_is_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    known = certificate(*FIELDS)
    assert certificate_of({"state": {STATE_KEY: known}}) == known
    monkeypatch.setattr(time, "time", lambda: 40_000_000_000.0)
    assert certificate_of({"state": {STATE_KEY: known}}) is None


@pytest.mark.parametrize("scope", [{}, {"state": None}, {"state": {}}, {"state": {STATE_KEY: None}}])
def test_a_request_without_a_certificate_has_none(scope: dict[str, Any]) -> None:
    assert certificate_of(scope) is None
