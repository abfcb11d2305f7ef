"""Paper accounts at live prices: the real server, the real ccxt drivers, and simulated venues that tell prices."""

import subprocess
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests.servers import ROOT, SECRET, Answer, Server, environment_of, eventually, serve_command
from tests.simulators.public import RemotePublic

SPOT, RARE, DOLLAR = "BTC/USDT", "UNI/USDT", "BTC/USD"
NUMBERS = count(1)
CONFIGURATION = """\
[server]
port = {{port}}
api_token = "{{token}}"

[webhook]
secret = "{{secret}}"

[[prices.exchanges]]
id = "binance"
rest_url = "{binance}"
refresh_s = 0.2
timeout_s = 2

[[prices.exchanges]]
id = "kraken"
rest_url = "{kraken}"
refresh_s = 0.2
timeout_s = 2

[[accounts]]
id = "main"
venue = "paper"
feed = "binance"
balances = {{{{ USDT = "100000" }}}}
fees = {{{{ maker = "0", taker = "0" }}}}
limits = {{{{ max_quote_age_s = "1.5" }}}}

[[accounts]]
id = "other"
venue = "paper"
feed = "kraken"
balances = {{{{ USD = "100000" }}}}

[[strategies]]
id = "follow"
kind = "follow"
account = "main"
symbols = ["BTC/USDT", "UNI/USDT"]

[[strategies]]
id = "dollars"
kind = "follow"
account = "other"
symbols = ["BTC/USD"]
"""


@pytest.fixture(scope="module")
def world() -> Iterator[RemotePublic]:
    with RemotePublic(venues=("binance", "kraken"), lifetime_s=900) as world:
        yield world


def configured(world: RemotePublic) -> str:
    return CONFIGURATION.format(binance=world.rest_url("binance"), kraken=world.rest_url("kraken"))


@pytest.fixture(scope="module")
def desk(world: RemotePublic, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("live"), template=configured(world))
    try:
        yield server.start()
    finally:
        server.kill()


@pytest.fixture(autouse=True)
def _as_always(world: RemotePublic) -> Iterator[None]:
    quote(world, "64000", "64010")
    quote(world, "63900", "63905", venue="kraken", symbol=DOLLAR)
    yield
    world.control("clear_faults")
    for venue in ("binance", "kraken"):
        world.control("down", venue=venue, is_down=False)


def quote(world: RemotePublic, bid: str, ask: str, venue: str = "binance", symbol: str = SPOT) -> None:
    world.control("price", venue=venue, symbol=symbol, bid=bid, ask=ask, last=bid)


def alert(desk: Server, **fields: Any) -> Answer:
    known: dict[str, Any] = {"strategy": "follow", "symbol": SPOT, "price": None, "id": f"live-{next(NUMBERS)}"}
    known |= {"quantity": None} if fields.get("action") in ("close", "cancel") else {}
    return desk.alert(**{**known, **fields})


def order(desk: Server, answer: Answer) -> Any:
    assert answer.status == 202, answer
    return desk.get(f"orders/{answer.json['orders'][0]['client_order_id']}")


def filled(desk: Server, answer: Answer, within_s: float = 5) -> Any:
    return eventually(lambda: found if (found := order(desk, answer))["status"] == "FILLED" else None, within_s)


def reference(desk: Server, symbol: str = SPOT, strategy: str = "follow") -> tuple[str, str] | None:
    """Bid and ask that an alert would be decided at now."""
    body = {"strategy": strategy, "symbol": symbol, "action": "buy", "quantity": "0.01", "secret": SECRET}
    known = desk.post("preview", **body).json["reference"]
    return (known["bid"], known["ask"]) if known else None


def told(desk: Server, world: RemotePublic, bid: str, ask: str, **where: str) -> None:
    """The venue has another price, and the desk knows."""
    quote(world, bid, ask, **where)
    symbol, strategy = where.get("symbol", SPOT), "dollars" if "venue" in where else "follow"
    eventually(lambda: reference(desk, symbol, strategy) == (bid, ask), 10, every_s=0.05)


def account(desk: Server, name: str = "main") -> Any:
    return next(item for item in desk.get("account")["items"] if item["account"] == name)


def events(desk: Server, kind: str) -> list[Any]:
    return list(desk.get(f"events?kind={kind}&limit=100")["items"])


def codes(answer: Answer) -> list[str]:
    assert answer.status == 200, answer
    return [reason["code"] for reason in answer.json["reasons"]]


def test_market_orders_trade_at_the_venues_ask_and_bid(desk: Server, world: RemotePublic) -> None:
    told(desk, world, "64100", "64110")
    bought = filled(desk, alert(desk, price="64105"))
    told(desk, world, "64200", "64210")
    sold = filled(desk, alert(desk, action="close", price="1"))
    assert [(fill["price"], fill["source"]) for fill in bought["fills"]] == [("64110", "quote")]
    assert [(fill["price"], fill["source"]) for fill in sold["fills"]] == [("64200", "quote")]


def test_a_symbol_that_only_the_venue_knows_is_traded_in_its_lots(desk: Server, world: RemotePublic) -> None:
    told(desk, world, "5.01", "5.02", symbol=RARE)
    bought = filled(desk, alert(desk, symbol=RARE, quantity="12.3456"))
    assert (bought["average_price"], bought["quantity"]) == ("5.02", "12.34")
    filled(desk, alert(desk, symbol=RARE, action="close"))


def test_each_account_trades_at_its_own_venue(desk: Server, world: RemotePublic) -> None:
    told(desk, world, "64000", "64010")
    told(desk, world, "63000", "63001", venue="kraken", symbol=DOLLAR)
    here = filled(desk, alert(desk))
    there = filled(desk, alert(desk, strategy="dollars", symbol=DOLLAR))
    assert (here["average_price"], there["average_price"]) == ("64010", "63001")
    assert [account(desk, name)["prices"]["source"] for name in ("main", "other")] == ["binance", "kraken"]
    filled(desk, alert(desk, action="close"))
    filled(desk, alert(desk, strategy="dollars", symbol=DOLLAR, action="close"))


def test_a_resting_limit_fills_when_the_price_crosses_it(desk: Server, world: RemotePublic) -> None:
    told(desk, world, "64000", "64010")
    resting = alert(desk, order_type="limit", price="63900")
    told(desk, world, "63899", "63901")
    assert order(desk, resting)["status"] == "OPEN"
    told(desk, world, "63880", "63890")
    assert filled(desk, resting)["average_price"] == "63900"
    filled(desk, alert(desk, action="close"))


def test_a_stop_is_triggered_by_the_price(desk: Server, world: RemotePublic) -> None:
    told(desk, world, "64000", "64010")
    filled(desk, alert(desk, stop_loss="63500"))
    stop = eventually(lambda: next((o for o in desk.get("orders?status=OPEN")["items"]), None))
    told(desk, world, "63501", "63510")
    assert desk.get(f"orders/{stop['client_order_id']}")["status"] == "OPEN"
    quote(world, "63490", "63495")
    done = eventually(lambda: o if (o := desk.get(f"orders/{stop['client_order_id']}"))["status"] == "FILLED" else None)
    assert done["average_price"] == "63490"


def test_what_is_held_is_valued_at_the_venues_price(desk: Server, world: RemotePublic) -> None:
    told(desk, world, "64000", "64010")
    filled(desk, alert(desk, quantity="0.1"))
    quote(world, "65000", "65010")
    row = eventually(
        lambda: next((item for item in desk.get("positions")["items"] if item["mark"] == "65005"), None), 5
    )
    assert row["unrealised"] == "99.5"
    filled(desk, alert(desk, action="close"))


def test_a_venue_that_is_gone_lets_nothing_open_and_everything_close(desk: Server, world: RemotePublic) -> None:
    told(desk, world, "64000", "64010")
    filled(desk, alert(desk))
    resting = alert(desk, order_type="limit", price="60000")
    world.control("down", venue="binance", is_down=True)
    eventually(lambda: account(desk)["condition"] == "PRICES_STALE", 10)
    assert codes(alert(desk)) == ["MAX_QUOTE_AGE_S"]
    shown = account(desk)["prices"]
    assert float(shown["oldest_s"]) > 1.5
    assert shown["detail"].startswith("UNREACHABLE")
    assert desk.is_ready
    assert alert(desk, strategy="dollars", symbol=DOLLAR, quantity="0.001").status == 202
    assert order(desk, resting)["status"] == "OPEN"
    alert(desk, action="cancel")
    eventually(lambda: order(desk, resting)["status"] == "CANCELED")
    assert filled(desk, alert(desk, action="close"))["average_price"] == "64000"
    world.control("down", venue="binance", is_down=False)
    told(desk, world, "64300", "64310")
    assert filled(desk, alert(desk))["average_price"] == "64310"
    eventually(lambda: account(desk)["condition"] == "WORKING")
    filled(desk, alert(desk, action="close"))
    filled(desk, alert(desk, strategy="dollars", symbol=DOLLAR, action="close"))


@pytest.mark.parametrize("kind", ["timeout", "http_429", "html_200", "error_500", "crossed", "no_ask", "null_prices"])
def test_whatever_a_venue_answers_an_old_price_opens_nothing_and_a_new_one_does(
    desk: Server, world: RemotePublic, kind: str
) -> None:
    told(desk, world, "64000", "64010")
    world.control("fault", kind=kind, venue="binance", endpoint="*", times=None, seconds=1)
    eventually(
        lambda: codes(answer) == ["MAX_QUOTE_AGE_S"] if (answer := alert(desk)).status == 200 else False, 10, 0.2
    )
    filled(desk, alert(desk, action="close"))
    world.control("clear_faults")
    told(desk, world, "64020", "64030")


def test_silence_is_told_once_and_so_is_its_end(desk: Server, world: RemotePublic) -> None:
    told(desk, world, "64000", "64010")
    filled(desk, alert(desk))
    before = len(events(desk, "VenueStateChanged"))
    world.control("down", venue="binance", is_down=True)
    eventually(lambda: account(desk)["condition"] == "PRICES_STALE", 10)
    world.control("down", venue="binance", is_down=False)
    eventually(lambda: account(desk)["condition"] == "WORKING", 10)
    back, gone = events(desk, "VenueStateChanged")[: -before or None]
    assert (gone["account"], gone["detail"]["condition"]) == ("main", "PRICES_STALE")
    assert gone["detail"]["detail"].startswith("binance tells no current price of BTC/USDT; ")
    assert back["detail"]["condition"] == "WORKING"
    filled(desk, alert(desk, action="close"))


def test_nobody_posts_a_price_of_what_a_venue_tells(desk: Server) -> None:
    refused = desk.post("quotes", symbol=SPOT, bid="1", ask="2", account="main")
    assert (refused.status, refused.code) == (409, "PRICED_BY_VENUE")


def test_killed_and_started_again_what_rested_fills_at_the_venues_price(world: RemotePublic, tmp_path: Path) -> None:
    server = Server(tmp_path, template=configured(world))
    try:
        server.start()
        told(server, world, "64000", "64010")
        bought = alert(server)
        filled(server, bought)
        resting = alert(server, order_type="limit", price="63000")
        eventually(lambda: order(server, resting)["status"] == "OPEN")
        server.kill()
        quote(world, "62990", "62995")
        server.start()
        assert filled(server, resting)["average_price"] == "63000"
        assert server.get("positions")["items"][0]["quantity"] == "0.02"
        server.kill()
        world.control("down", venue="binance", is_down=True)
        server.start()
        assert server.is_ready
        assert codes(alert(server)) == ["NO_REFERENCE_PRICE", "MAX_QUOTE_AGE_S"]
        assert filled(server, alert(server, action="close"))["status"] == "FILLED"
        world.control("down", venue="binance", is_down=False)
        eventually(lambda: alert(server).status == 202, 15, 0.2)
        assert server.stop() == 0
    finally:
        server.kill()


def test_a_symbol_that_the_venue_has_not_is_told_with_the_nearest(world: RemotePublic, tmp_path: Path) -> None:
    server = Server(tmp_path, template=configured(world).replace('"UNI/USDT"', '"UNII/USDT"'))
    server.write_configuration()
    told = "strategies.follow.symbols: binance has no UNII/USDT; the nearest it has: UNI/USDT"
    served = subprocess.run(
        serve_command(server.configuration),
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
        cwd=ROOT,
        env=environment_of({}),
    )
    assert served.returncode == 2
    assert told in served.stderr


def streaming(world: RemotePublic) -> str:
    """As configured, by stream, and asked only when a stream tells nothing for long."""
    template = configured(world).replace("refresh_s = 0.2", "refresh_s = 5")
    for venue in ("binance", "kraken"):
        rest = f'rest_url = "{world.rest_url(venue)}"\n'
        template = template.replace(rest, f'{rest}ws_url = "{world.ws_url(venue)}"\n')
    return template.replace('max_quote_age_s = "1.5"', 'max_quote_age_s = "3"')


def test_a_streamed_price_fills_what_rests_at_once_and_silence_is_noticed(world: RemotePublic, tmp_path: Path) -> None:
    server = Server(tmp_path, template=streaming(world))
    try:
        server.start()
        eventually(lambda: world.control("summary")["streams"]["binance"]["open"] == 1, 10, 0.1)
        told(server, world, "64000", "64010")
        resting = alert(server, order_type="limit", price="63900")
        eventually(lambda: order(server, resting)["status"] == "OPEN")
        quote(world, "63880", "63890")
        assert filled(server, resting, 1)["average_price"] == "63900"
        world.control("streams", do="silence", venue="binance")
        world.control("down", venue="binance", is_down=True)
        eventually(lambda: account(server)["condition"] == "PRICES_STALE", 15)
        assert codes(alert(server)) == ["MAX_QUOTE_AGE_S"]
        world.control("streams", do="speak", venue="binance")
        world.control("down", venue="binance", is_down=False)
        eventually(lambda: account(server)["condition"] == "WORKING", 20)
        filled(server, alert(server, action="close"))
    finally:
        world.control("streams", do="speak", venue="binance")
        server.kill()
