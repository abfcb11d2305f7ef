"""A secret is replaced in a configuration's text, and nothing else is."""

import stat
import tomllib
from pathlib import Path

import pytest

from app.initial import initial_configuration
from app.rewriting import CannotRewrite, replace_file, with_new_secret, without_previous_secret

TEXT = """\
# secret = "not this one"
[server]
api_token = 'old-token'  # opens the API
secret = "nor this one"

[ webhook ]   # alerts
  secret   =  "old-secret" # keep it
max_age_s = 5
[[strategies]]
secret = "nor that one"
"""


def test_the_old_secret_stays_beside_the_new_one() -> None:
    assert with_new_secret(TEXT, "webhook", "secret", "new", keep_old=True) == TEXT.replace(
        '  secret   =  "old-secret" # keep it\n',
        '  secret   =  "new" # keep it\n  previous_secret = "old-secret"\n',
    )


def test_the_old_secret_goes_where_it_is_not_to_be_kept() -> None:
    once = with_new_secret(TEXT, "webhook", "secret", "newer", keep_old=True)
    twice = with_new_secret(once, "webhook", "secret", "newest", keep_old=False)
    assert twice == TEXT.replace('"old-secret"', '"newest"')


def test_a_second_rotation_keeps_only_the_last_one() -> None:
    once = with_new_secret(TEXT, "server", "api_token", "newer", keep_old=True)
    twice = with_new_secret(once, "server", "api_token", "newest", keep_old=True)
    server = tomllib.loads(twice)["server"]
    assert (server["api_token"], server["previous_api_token"]) == ("newest", "newer")


def test_finishing_leaves_the_text_as_if_it_had_always_had_the_new_one() -> None:
    rotated = with_new_secret(TEXT, "webhook", "secret", "new", keep_old=True)
    assert without_previous_secret(rotated, "webhook", "secret") == TEXT.replace('"old-secret"', '"new"')


def test_what_init_writes_can_be_rotated() -> None:
    text = initial_configuration()
    for section, key in (("webhook", "secret"), ("server", "api_token")):
        rotated = tomllib.loads(with_new_secret(text, section, key, "new", keep_old=True))
        assert rotated[section] == {
            **tomllib.loads(text)[section],
            key: "new",
            f"previous_{key}": tomllib.loads(text)[section][key],
        }


def test_lines_may_end_as_on_windows_and_the_last_one_not_at_all() -> None:
    text = '[webhook]\r\nsecret = "old"'
    assert with_new_secret(text, "webhook", "secret", "new", keep_old=True).startswith('[webhook]\r\nsecret = "new"')
    tables = tomllib.loads(with_new_secret(text, "webhook", "secret", "new", keep_old=True))
    assert tables == {"webhook": {"secret": "new", "previous_secret": "old"}}
    crlf = with_new_secret(text + "\r\n", "webhook", "secret", "new", keep_old=True)
    assert crlf == '[webhook]\r\nsecret = "new"\r\nprevious_secret = "old"\r\n'


@pytest.mark.parametrize(
    "text",
    [
        'webhook = { secret = "old" }',
        'webhook.secret = "old"',
        '[webhook]\n"secret" = "old"',
        '[webhook]\nsecret = """old"""',
        "[webhook]\nmax_age_s = 5",
        'text = """\n[webhook]\nsecret = "fake"\n"""\n[webhook]\nsecret = "old"',
        '[webhook]\nother = """\nsecret = "fake"\n"""',
    ],
)
def test_what_cannot_be_replaced_for_sure_is_left_to_a_person(text: str) -> None:
    with pytest.raises(CannotRewrite, match="by hand"):
        with_new_secret(text, "webhook", "secret", "new", keep_old=True)


def test_there_must_be_a_previous_secret_to_take_away() -> None:
    with pytest.raises(CannotRewrite, match="no line previous_secret"):
        without_previous_secret(TEXT, "webhook", "secret")


def test_a_file_keeps_its_mode_and_a_link_its_target(tmp_path: Path) -> None:
    file, link = tmp_path / "real.toml", tmp_path / "link.toml"
    file.write_text("before", encoding="utf-8")
    file.chmod(0o600)
    link.symlink_to(file)
    replace_file(link, "after\r\n")
    assert link.is_symlink()
    assert file.read_bytes() == b"after\r\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.toml", "real.toml"]
