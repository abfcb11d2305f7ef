"""What `check` finds odd about how a desk is reached, without refusing it."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.certificates import DAY, Authority
from tests.unit.app.cli.conftest import Run

PEM = {"SERVER__TLS_CERT": "server.pem", "SERVER__TLS_KEY": "server.key"}


@pytest.fixture
def warned(run: Run, config: Path, monkeypatch: pytest.MonkeyPatch):
    """The warnings of `check` with these settings; what is warned of is no fault."""

    def warnings(**variables: str) -> str:
        for name, value in variables.items():
            monkeypatch.setenv(f"QUARTERMASTER_{name}", value)
        result = run("check")
        assert result.exit_code == 0, result.stderr
        return result.stderr

    return warnings


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_a_desk_for_this_machine_alone_is_no_reason_to_warn(warned, host: str) -> None:
    assert warned(SERVER__HOST=host) == ""


def test_a_desk_on_the_network_without_tls_or_proxy_and_open_to_all_is_warned_of_twice(warned) -> None:
    said = warned(SERVER__HOST="0.0.0.0")
    assert said.count("\n") == 2
    assert "in the clear" in said
    assert "every address may send alerts" in said


def test_a_proxy_in_front_and_an_allow_list_are_enough(warned) -> None:
    assert warned(SERVER__HOST="0.0.0.0", SERVER__TRUSTED_PROXIES="10.0.0.1", WEBHOOK__ALLOWED_IPS="tradingview") == ""


def test_a_certificate_and_an_allow_list_are_enough(warned, config: Path) -> None:
    Authority().server("desk.example").write(config.parent, "server")
    assert warned(SERVER__HOST="0.0.0.0", WEBHOOK__ALLOWED_IPS="tradingview", **PEM) == ""


def test_a_proxy_that_is_everybody_is_warned_of(warned) -> None:
    assert "trusts every address" in warned(SERVER__TRUSTED_PROXIES="0.0.0.0/0")


def test_a_certificate_that_ends_soon_is_warned_of(warned, config: Path) -> None:
    Authority().server("desk.example", ends=datetime.now(UTC) + 5 * DAY).write(config.parent, "server")
    assert "expires on" in warned(**PEM)


def test_a_key_that_others_can_read_is_warned_of(warned, config: Path) -> None:
    Authority().server("desk.example").write(config.parent, "server")
    (config.parent / "server.key").chmod(0o644)
    assert "server.tls_key" in warned(**PEM)


def test_a_certificate_that_all_of_tradingview_has_is_warned_of(warned, config: Path) -> None:
    Authority().server("desk.example").write(config.parent, "server")
    Authority().write(config.parent, "clients")
    assert "whoever wrote the alert" in warned(SERVER__TLS_CLIENT_CA="clients.pem", **PEM)
    assert warned(WEBHOOK__CLIENT_SUBJECT__CN="my relay") == ""
