"""What a running server takes from a file that has changed, and what it only tells of."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from app.keyring import Keyring
from app.rotation import reread
from app.settings import load_settings
from tests.unit.app.test_settings_venues import BYBIT, DESK, KEY, SECRET, STRATEGY


@pytest.fixture(autouse=True)
def fresh_logs() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_the_key_of_a_venue_that_has_changed_is_told_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "quartermaster.toml"
    path.write_text(DESK + BYBIT + STRATEGY)
    settings = load_settings(path, {})
    keyring = Keyring(settings)
    path.write_text(path.read_text().replace(SECRET, "another-secret-of-mine"))
    with capture_logs() as logs:
        reread(settings, keyring, path)
    assert [entry["event"] for entry in logs] == ["the key of a venue has changed: restart to use it"]
    assert "another-secret-of-mine" not in str(logs)


def test_the_keys_of_venues_are_among_what_is_hidden(tmp_path: Path) -> None:
    path = tmp_path / "quartermaster.toml"
    path.write_text(DESK + BYBIT + STRATEGY)
    hidden = {secret.get_secret_value() for secret in Keyring(load_settings(path, {})).hidden}
    assert {KEY, SECRET} <= hidden
