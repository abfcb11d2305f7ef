"""Where everything is put together: from a configuration to a desk that can run."""

import secrets
from dataclasses import replace
from datetime import timedelta

from app.clock import now_utc
from app.connecting import Connections, price_desk
from app.desk import build_desk, symbols_of
from app.engine import Engine, EngineParts
from app.feeds import fed_accounts
from app.guards import guards_of
from app.intake.desk import Desk
from app.keyring import Keyring
from app.logs import log_events
from app.metrics.desk import DeskMetrics
from app.own_quotes import OwnQuotes
from app.points import Probe, both, no_probe
from app.prices.alarms import Alarms
from app.prices.reaching import OpenFeed
from app.prices.recalling import discrepancies_told
from app.prices.remembering import told_before
from app.prices.screen_settings import screens_of
from app.prices.screens import ScreenDesk
from app.prices.wallet import WalletDesk
from app.quoting import LiveQuotes, Quoted
from app.service import Service
from app.settings import Settings
from app.storage.database import reader_engine, writer_engine
from app.storage.questions import Windows
from app.storage.reading import Reader
from app.storage.store import Store
from app.storage.venues import require_same_places
from app.venues import places_of, remembered
from exchange.ledger import VenueState, VenueTerms
from exchange.paper import PaperExchange, ticket_of
from exchange.ticket import MarketPrice
from portfolio.book import Book, key_of
from portfolio.model.identifiers import RANDOM_BITS, AccountId, sortable_id
from portfolio.model.order import RESTING
from portfolio.model.scope import Scope
from portfolio.ports import Exchange


def new_id() -> str:
    """An id for a signal or command that has just arrived."""
    return sortable_id(int(now_utc().timestamp() * 1000), secrets.randbits(RANDOM_BITS))


def build_service(
    settings: Settings,
    probe: Probe = no_probe,
    connections: Connections | None = None,
    open_feed: OpenFeed | None = None,
) -> Service:
    """Everything but running. The database must have been prepared and its lock be held. Raises DatabaseRefused.

    Without `connections` accounts at real venues can be read and previewed, and nothing is asked of their venues.
    `open_feed` takes the place of the feed of public prices.
    """
    path = settings.database_path
    require_same_places(path, places_of(settings))
    known = connections if connections is not None else Connections(instruments=remembered(settings))
    setup, limits = build_desk(settings, known.instruments)
    quotes = known.quotes
    metrics = DeskMetrics(now_utc)
    store = Store(
        writer_engine(path),
        settings.fingerprint(),
        {strategy.id: strategy.account for strategy in setup.strategies.values()},
        Windows(_seconds(settings.webhook.id_window_s), _seconds(settings.webhook.dedup_window_s)),
    )
    prices = known.prices or price_desk(settings, open_feed)
    reader = Reader(reader_engine(path))
    service: Service
    engine = Engine(
        EngineParts(
            setup=setup,
            limits=limits,
            store=store,
            quotes=quotes,
            clock=now_utc,
            release=lambda effects: service.release(effects),  # noqa: PLW0108 - the service is made below
            publish=log_events,
            committed=metrics.committed,
            probe=both(metrics.stages.batch_passes, probe),
        )
    )
    reader, prices = Reader(reader_engine(path)), known.prices or price_desk(settings, open_feed)
    service = Service(
        settings=settings,
        keyring=Keyring(settings),
        guards=guards_of(settings),
        setup=setup,
        limits=limits,
        desk=Desk(symbols_of(settings, setup), setup),
        engine=engine,
        reader=reader,
        quotes=quotes,
        clock=now_utc,
        connections=known,
        connect=lambda account, running: _exchange(settings, running, account),
        probe=probe,
        senders={},
        reconcilers={},
        metrics=metrics,
        prices=prices,
        screens=ScreenDesk(
            screens=screens_of(settings.screens, settings.prices),
            feed=prices.feed,
            tell=engine.tell,
            told=lambda: told_before(reader),
            clock=now_utc,
        ),
        alarms=Alarms(
            desk=prices,
            settings=settings.prices.discrepancies,
            told=lambda: discrepancies_told(reader),
            tell=engine.tell,
            clock=now_utc,
        ),
        wallet=WalletDesk(settings=settings, prices=prices, engine=engine, reader=reader, clock=now_utc),
    )
    quotes.listener = OwnQuotes(settings, service.prices).hear
    if fed_accounts(settings):
        parts = Quoted(
            settings=settings, setup=setup, limits=limits, engine=engine, board=quotes, prices=service.prices
        )
        service.live = LiveQuotes(parts)
    return service


def _exchange(settings: Settings, service: Service, account_id: AccountId) -> Exchange:
    """The account's venue: its gateway, or a paper exchange rebuilt from the book."""
    if account_id in service.connections.gateways:
        return service.connections.gateways[account_id]
    account = next(account for account in settings.accounts if account.id == account_id)
    terms = VenueTerms(
        instruments=service.setup.accounts[account_id].instruments,
        maker_fee=account.fees.maker,
        taker_fee=account.fees.taker,
        base_fees=account.fees.spot == "base",
        slippage=account.slippage,
        leverage=account.leverage,
        fill_ratio=account.fill_ratio,
        funding_interval_h=account.funding_interval_h,
    )
    return PaperExchange(terms, paper_state(service.engine.book, account_id), service.clock)


def paper_state(book: Book, account_id: AccountId) -> VenueState:
    """What a paper exchange must know to go on where the book stands."""
    scope = Scope(account_id)
    wallets = {wallet.currency: amount for wallet, amount in book.wallets.items() if wallet.account == account_id}
    state = VenueState(wallets)
    terms = book.setup.accounts[account_id].instruments
    net = book.net_positions(account_id)
    state.positions = {symbol: position for symbol, position in net.items() if not terms[symbol].is_spot}
    for order in book.live_orders_in(scope):
        if order.status in RESTING:
            trades = book.trades.get(order.client_order_id) or ()
            resting = ticket_of(order, len(trades))
            is_cut = order.reduce_only and not book.setup.is_shared(key_of(order))
            state.resting[order.client_order_id] = replace(resting, reduce_only=is_cut)
    for (owner, symbol), mark in book.marks.items():
        if owner == account_id:
            state.prices[symbol] = MarketPrice.single(mark.price, mark.source)
            state.funded[symbol] = max(mark.time, book.funded.get((owner, symbol)) or mark.time)
    return state


def _seconds(number: object) -> timedelta:
    return timedelta(seconds=float(str(number)))
