"""`quartermaster template`: what is printed can be pasted, tried and sent; the secret stays where it is."""

import json
from pathlib import Path

import pytest

from app.templates import PLACEHOLDER
from tests.unit.app.cli.conftest import SECRET, Run


def test_every_message_stands_as_json_under_what_it_is_for(run: Run, port: int) -> None:
    result = run("template")
    assert (result.exit_code, result.stderr) == (0, "")
    blocks = [block.partition("\n}")[0] + "}" for block in result.stdout.split("\n{")[1:]]
    messages = [json.loads("{" + block) for block in blocks]
    assert [message["action"] for message in messages] == ["{{strategy.order.action}}", "buy", "sell", "close"]
    assert f"http://127.0.0.1:{port}/webhook" in result.stdout
    assert "https://<your host>/webhook" in result.stdout
    assert "trend (follow)  buy: an alert that means buy, as much as the sizing says" in result.stdout


def test_a_narrow_screen_breaks_no_message(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert '"id": "strategy ' in run("template").stdout
    assert "{{strategy.order.id}} {{strategy.order.action}} {{strategy.position_size}}" in run("template").stdout


def test_the_secret_is_not_printed(run: Run, config: Path) -> None:
    for arguments in (["template"], ["template", "--json"], ["template", "--only", "buy", "--filled"]):
        result = run(*arguments)
        assert SECRET not in result.output
        assert PLACEHOLDER in result.stdout
    assert f"[webhook] secret of {config}" in " ".join(run("template").stdout.split())


def test_with_secret_is_for_a_terminal_unless_forced(run: Run) -> None:
    refused = run("template", "--with-secret")
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--force" in refused.stderr
    forced = run("template", "--with-secret", "--force")
    assert (forced.exit_code, PLACEHOLDER in forced.stdout) == (0, False)
    assert forced.stdout.count(SECRET) == 4


@pytest.mark.parametrize("name", ["strategy", "buy", "sell", "close"])
def test_a_filled_message_is_taken_by_check_and_by_send(run: Run, name: str) -> None:
    message = run("template", "trend", "--only", name, "--filled").stdout
    assert "{{" not in message
    checked = run("check", "--alert", "-", stdin=message.encode())
    assert checked.exit_code == 0, checked.output
    sent = run("send", "-", stdin=message.encode())
    assert sent.exit_code == 0, sent.output
    assert "(a repeat: " in run("send", "-", stdin=message.encode()).stdout


def test_an_unfilled_one_is_refused_by_name(run: Run) -> None:
    result = run("check", "--alert", "-", stdin=run("template", "--only", "buy").stdout.encode())
    assert result.exit_code == 1
    assert "unfilled placeholder" in result.stderr


def test_json_has_them_all(run: Run, port: int) -> None:
    found = json.loads(run("template", "trend", "--json").stdout)
    assert found["webhook"] == f"http://127.0.0.1:{port}/webhook"
    assert [item["name"] for item in found["templates"]] == ["strategy", "buy", "sell", "close"]
    assert found["templates"][0].keys() == {"strategy", "kind", "name", "about", "message"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["trent"], "there is no strategy trent; did you mean trend?"),
        (["trend", "--only", "hold"], "there is no message hold; there are strategy, buy, sell, close"),
    ],
)
def test_a_wrong_name_is_wrong_use(run: Run, arguments: list[str], said: str) -> None:
    result = run("template", *arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"quartermaster: {said}\n")


def test_one_message_of_several_strategies_has_to_be_named(run: Run, config: Path) -> None:
    more = '\n[[strategies]]\nid = "second"\nkind = "target"\nsymbols = ["ETH/USDT:USDT"]\n'
    config.write_text(config.read_text(encoding="utf-8") + more, encoding="utf-8")
    result = run("template", "--only", "buy")
    assert (result.exit_code, "several strategies" in result.stderr) == (2, True)
    assert json.loads(run("template", "second", "--only", "buy").stdout)["quantity"] == "1%"
