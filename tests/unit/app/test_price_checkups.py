"""Venues of [prices] as `check` finds them."""

from app.price_checkups import SourceFindings, check_up_prices
from app.prices.desk import PriceDesk
from app.settings.prices import PriceSettings
from tests.prices import World, usual_world


def desk_of(places: World, *symbols: str) -> PriceDesk:
    return PriceDesk(PriceSettings(symbols=symbols), places.open)


async def test_each_is_asked_once_and_says_what_it_has() -> None:
    places = usual_world()
    found = await check_up_prices(desk_of(places, "BTC/USD", "ETH/USD"))
    assert found == [
        SourceFindings(
            venue="binance",
            facts=("answers within 0.00 s", "has BTC/USDT"),
            warnings=("binance has no market of ETH/USD",),
        ),
        SourceFindings(
            venue="coinbase",
            facts=("answers within 0.00 s", "has BTC/USD"),
            warnings=("coinbase has no market of ETH/USD",),
        ),
        SourceFindings(venue="kraken", warnings=("TIMED_OUT: as told",)),
    ]
    assert places.feed.is_closed


async def test_nobody_is_asked_where_nothing_is_watched() -> None:
    places = usual_world()
    assert await check_up_prices(desk_of(places)) == []
    assert places.feeds == []
