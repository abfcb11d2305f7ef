"""What a caller meets before anything is read, by the address it comes from."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
import pytest_asyncio

from app.bootstrap import build_service
from app.service import Service
from app.settings import load_settings
from app.storage.preparing import prepare
from app.web import create_app
from tests.servers import CONFIGURATION, SECRET, TOKEN

TRADINGVIEW = "52.89.214.238"
SOMEBODY = "203.0.113.9"
OTHER = "203.0.113.10"
PROXY = "172.18.0.2"


class Desk:
    """A desk that is asked from any address, without a network."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.app = cast(Any, create_app(service))

    async def ask(
        self, peer: str, method: str, path: str, headers: dict[str, str] | list[tuple[str, str]] | None = None
    ) -> httpx.Response:
        if not self.service.engine.is_loaded:
            await self.service.engine.load()
        transport = httpx.ASGITransport(self.app, client=(peer, 40000))
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
            return await client.request(method, path, headers=headers)

    async def alert(self, peer: str, secret: str | None = SECRET, **headers: str) -> int:
        """The status of an alert without a body: 400 where its sender would have been heard."""
        bearer = {"Authorization": f"Bearer {secret}"} if secret else {}
        return (await self.ask(peer, "POST", "/webhook", {**bearer, **forwarded(headers)})).status_code

    async def look(self, peer: str, token: str | None = TOKEN, **headers: str) -> int:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        return (await self.ask(peer, "GET", "/api/v1/limits", {**bearer, **forwarded(headers)})).status_code


def forwarded(headers: dict[str, str]) -> dict[str, str]:
    """`x_forwarded_for` as the header's name."""
    return {name.replace("_", "-"): value for name, value in headers.items()}


Make = Callable[..., Desk]


@pytest_asyncio.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Make]:
    """Makes a desk with these settings."""
    made: list[Service] = []

    def make(**variables: str) -> Desk:
        path = tmp_path / "quartermaster.toml"
        path.write_text(CONFIGURATION.format(port=8080, token=TOKEN, secret=SECRET), encoding="utf-8")
        settings = load_settings(path, {f"QUARTERMASTER_{name}": value for name, value in variables.items()})
        prepare(settings.database_path)
        made.append(build_service(settings))
        return Desk(made[-1])

    yield make
    for service in made:
        await service.close()


async def test_everybody_may_ask_where_nothing_is_said(desk: Make):
    assert await desk().alert(SOMEBODY) == 400


async def test_a_preset_and_a_range_admit_their_addresses_and_no_others(desk: Make):
    it = desk(WEBHOOK__ALLOWED_IPS="tradingview,10.0.0.0/8")
    assert [await it.alert(peer) for peer in (TRADINGVIEW, "10.1.2.3", "::ffff:10.1.2.3")] == [400] * 3
    assert [await it.alert(peer) for peer in (SOMEBODY, "127.0.0.1", "::1")] == [403] * 3
    assert await it.look(SOMEBODY) == 200


async def test_a_forged_header_changes_nothing(desk: Make):
    it = desk(WEBHOOK__ALLOWED_IPS="tradingview", SERVER__TRUSTED_PROXIES=PROXY)
    assert await it.alert(SOMEBODY, X_Forwarded_For=TRADINGVIEW) == 403
    assert await it.alert(PROXY, X_Forwarded_For=f"{TRADINGVIEW}, {SOMEBODY}") == 403
    assert await it.alert(PROXY, Forwarded=f"for={TRADINGVIEW}") == 403
    assert await it.alert(PROXY, X_Forwarded_For="tradingview") == 403
    assert await it.alert(PROXY, X_Forwarded_For=f"{SOMEBODY}, {TRADINGVIEW}:443") == 400


async def test_a_second_line_of_the_header_is_behind_the_first(desk: Make):
    it = desk(WEBHOOK__ALLOWED_IPS="tradingview", SERVER__TRUSTED_PROXIES=PROXY)
    lines = [("Authorization", f"Bearer {SECRET}"), ("X-Forwarded-For", TRADINGVIEW), ("X-Forwarded-For", SOMEBODY)]
    assert (await it.ask(PROXY, "POST", "/webhook", lines)).status_code == 403


async def test_only_the_header_that_the_proxy_writes_is_believed(desk: Make):
    it = desk(WEBHOOK__ALLOWED_IPS="tradingview", SERVER__TRUSTED_PROXIES=PROXY, SERVER__FORWARDING_HEADER="Forwarded")
    assert await it.alert(PROXY, X_Forwarded_For=TRADINGVIEW, Forwarded=f"for={SOMEBODY}") == 403
    assert await it.alert(PROXY, X_Forwarded_For=SOMEBODY, Forwarded=f'for="{TRADINGVIEW}:1";proto=https') == 400


async def test_two_clients_behind_one_proxy_are_counted_apart(desk: Make):
    it = desk(WEBHOOK__MAX_REQUESTS_PER_MINUTE="3", SERVER__TRUSTED_PROXIES="127.0.0.1")
    first = [await it.alert("127.0.0.1", X_Forwarded_For=SOMEBODY) for _ in range(5)]
    assert first == [400, 400, 400, 429, 429]
    assert await it.alert("127.0.0.1", X_Forwarded_For=OTHER) == 400


async def test_who_asks_too_often_is_told_when_to_come_again(desk: Make):
    it = desk(SERVER__MAX_REQUESTS_PER_MINUTE="2")
    assert [await it.look(SOMEBODY) for _ in range(3)] == [200, 200, 429]
    answer = await it.ask(SOMEBODY, "GET", "/api/v1/limits")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "TOO_MANY_REQUESTS"
    assert 1 <= int(answer.headers["retry-after"]) <= 30
    assert [await it.look(OTHER), await it.alert(SOMEBODY)] == [200, 400]
    assert (await it.ask(SOMEBODY, "GET", "/healthz")).status_code == 200


async def test_a_burst_of_several_hundred_alerts_passes(desk: Make):
    it = desk()
    assert {await it.alert(TRADINGVIEW) for _ in range(600)} == {400}


async def test_this_machine_is_not_limited_unless_one_wishes_so(desk: Make):
    free = desk(WEBHOOK__MAX_REQUESTS_PER_MINUTE="1", SERVER__MAX_WRONG_SECRETS="1")
    assert [await free.alert("127.0.0.1", "wrong") for _ in range(3)] == [401] * 3
    assert [await free.alert("::1") for _ in range(3)] == [400] * 3
    held = desk(WEBHOOK__MAX_REQUESTS_PER_MINUTE="1", SERVER__UNLIMITED_IPS="")
    assert [await held.alert("127.0.0.1") for _ in range(2)] == [400, 429]


async def test_a_guesser_is_not_heard_even_with_the_right_secret(desk: Make):
    it = desk(SERVER__MAX_WRONG_SECRETS="3")
    assert [await it.alert(SOMEBODY, f"guess number {n}") for n in range(4)] == [401, 401, 401, 429]
    assert await it.alert(SOMEBODY) == 429
    assert (await it.ask(SOMEBODY, "POST", f"/webhook/{SECRET}")).status_code == 429
    assert [await it.alert(OTHER), await it.look(SOMEBODY)] == [400, 200]


async def test_a_guesser_at_the_api_is_held_back_there(desk: Make):
    it = desk(SERVER__MAX_WRONG_SECRETS="2")
    assert [await it.look(SOMEBODY, "wrong") for _ in range(3)] == [401, 401, 429]
    assert [await it.look(SOMEBODY), await it.look(OTHER), await it.alert(SOMEBODY)] == [429, 200, 400]


async def test_to_bring_no_secret_is_no_guess(desk: Make):
    it = desk(SERVER__MAX_WRONG_SECRETS="2")
    assert [await it.look(SOMEBODY, None) for _ in range(5)] == [401] * 5
    assert await it.look(SOMEBODY) == 200


async def test_a_right_secret_forgives_earlier_mistakes(desk: Make):
    it = desk(SERVER__MAX_WRONG_SECRETS="2")
    for _ in range(4):
        assert [await it.alert(SOMEBODY, "stale"), await it.alert(SOMEBODY)] == [401, 400]


async def test_somebodys_stale_alert_does_not_lock_tradingview_out(desk: Make):
    it = desk(SERVER__MAX_WRONG_SECRETS="2")
    assert {await it.alert(TRADINGVIEW, "stale") for _ in range(20)} == {401}
    assert await it.alert(TRADINGVIEW) == 400


async def test_a_guesser_with_a_whole_ipv6_network_is_one_caller(desk: Make):
    it = desk(SERVER__MAX_WRONG_SECRETS="2")
    assert [await it.alert(f"2001:db8::{n}", "wrong") for n in (1, 2, 3)] == [401, 401, 429]
    assert await it.alert("2001:db8:0:1::1") == 400


async def test_a_proxy_that_names_nobody_speaks_for_one_unknown_caller(desk: Make):
    it = desk(SERVER__TRUSTED_PROXIES="127.0.0.1", WEBHOOK__MAX_REQUESTS_PER_MINUTE="1")
    assert [await it.alert("127.0.0.1", X_Forwarded_For=name) for name in ("unknown", "_x")] == [400, 429]


async def test_both_secrets_count_while_one_is_being_changed(desk: Make):
    new, newer = "a-brand-new-secret", "a-brand-new-token"
    it = desk(WEBHOOK__PREVIOUS_SECRET=new, SERVER__PREVIOUS_API_TOKEN=newer)
    assert [await it.alert(SOMEBODY), await it.alert(SOMEBODY, new), await it.alert(SOMEBODY, newer)] == [400, 400, 401]
    assert [await it.look(SOMEBODY), await it.look(SOMEBODY, newer), await it.look(SOMEBODY, new)] == [200, 200, 401]
