"""Every key is described, and its variable sets it."""

import pytest

from app.settings.environment import merge_environment
from docs.generate.keys import Key, described, kind_keys, limit_keys, rule_keys, settings_keys

KEYS = [*settings_keys(), *kind_keys(), *limit_keys(), *rule_keys()]


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_every_key_is_described(key: Key) -> None:
    assert described().get(key.name), "describe it in docs/reference/keys.toml, then run `make pages`"


def test_nothing_is_described_that_is_no_key() -> None:
    assert sorted(set(described()) - {key.name for key in KEYS}) == []


@pytest.mark.parametrize("key", [*settings_keys(), *kind_keys()], ids=lambda key: key.name)
def test_the_variable_of_a_key_is_one(key: Key) -> None:
    variable = key.variable.replace("<ID>", "MAIN").replace("<SYMBOL>", "NEW").replace("<NAME>", "MINE")
    value = {"id": "main", "rules": "[]"}.get(key.path[-1], "NEW")
    assert merge_environment({}, {variable: value}) == ([], [])
