"""What must hold between tables. Works on the tables as read, so that one wrong value does not hide the rest."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.settings.faults import REQUIRED, Fault, of_value
from app.settings.kinds import Kinds
from app.settings.model import StrategySettings
from app.settings.nearest import nearest
from app.settings.outline import Outline, Row, outline_of
from app.settings.price_faults import price_faults
from app.settings.screen_faults import screen_faults
from app.settings.symbols import symbol_faults
from app.settings.venues import venue_faults
from portfolio.parameters import ParameterError, parameters_of
from strategies.registry import build_strategy

_OWN_KEYS = frozenset(StrategySettings.model_fields)
_SECRETS = (
    ("server", "api_token"),
    ("server", "previous_api_token"),
    ("webhook", "secret"),
    ("webhook", "previous_secret"),
)


def inconsistencies(tree: Mapping[str, Any], kinds: Kinds) -> list[Fault]:
    """Every disagreement between settings that are each well formed."""
    outline = outline_of(tree)
    return [
        *_secrets(tree),
        *_tls(tree),
        *_presence(tree),
        *_ids("accounts", outline.accounts),
        *venue_faults(tree, outline),
        *symbol_faults(tree, outline),
        *price_faults(tree),
        *_ids("strategies", outline.strategies),
        *_accounts_of_strategies(outline),
        *_kinds(outline, kinds.strategies),
        *_ids("screens", outline.screens),
        *screen_faults(tree, kinds.rules),
    ]


def _secrets(tree: Mapping[str, Any]) -> Iterator[Fault]:
    """No secret stands in two places: what opens the one must not open the other."""
    seen: dict[str, str] = {}
    for section, key in _SECRETS:
        table = tree.get(section)
        value = table.get(key) if isinstance(table, Mapping) else None
        if isinstance(value, str) and (first := seen.setdefault(value, f"{section}.{key}")) != f"{section}.{key}":
            yield Fault((section, key), f"must differ from {first}")


def _tls(tree: Mapping[str, Any]) -> Iterator[Fault]:
    """A certificate and its key come together, and clients can be asked for theirs by a server that has one."""
    server = tree.get("server")
    table = server if isinstance(server, Mapping) else {}
    for key, needed in (("tls_cert", "tls_key"), ("tls_key", "tls_cert"), ("tls_client_ca", "tls_cert")):
        if key in table and needed not in table:
            yield Fault(("server", needed), f"{REQUIRED} with server.{key}")


def _presence(tree: Mapping[str, Any]) -> Iterator[Fault]:
    for name, one in (("accounts", "account"), ("strategies", "strategy")):
        if tree.get(name, []) == []:
            yield Fault((name,), f"at least one {one} is needed, as a table [[{name}]]")


def _ids(section: str, rows: tuple[Row, ...]) -> Iterator[Fault]:
    """Ids that variables of the environment could not tell apart count as the same."""
    seen: dict[str, str] = {}
    for row in rows:
        if row.id is None:
            continue
        first = seen.setdefault(row.id.lower().replace("-", "_"), row.id)
        if first is not row.id:
            same = "used twice" if first == row.id else f'not told apart from "{first}"'
            yield of_value((section, row.index, "id"), same, row.id)


def _accounts_of_strategies(outline: Outline) -> Iterator[Fault]:
    ids = [account.id for account in outline.accounts if account.id is not None]
    for strategy in outline.strategies:
        path = ("strategies", strategy.index, "account")
        named = strategy.table.get("account")
        if named is None and len(outline.accounts) > 1:
            yield Fault(path, f"{REQUIRED} where there are several accounts: {', '.join(ids)}")
        elif isinstance(named, str) and named and ids and named not in ids:
            yield of_value(path, f'no account has this id, the nearest is "{nearest(named, ids)}"', named)


def _kinds(outline: Outline, types: Mapping[str, type]) -> Iterator[Fault]:
    for strategy in outline.strategies:
        path, kind = ("strategies", strategy.index), strategy.table.get("kind")
        if isinstance(kind, str) and kind in types:
            yield from _parameters(strategy, types[kind])
        elif isinstance(kind, str) and kind:
            yield of_value((*path, "kind"), f'unknown kind, the nearest known one is "{nearest(kind, types)}"', kind)


def _parameters(strategy: Row, kind: type) -> Iterator[Fault]:
    path, known = ("strategies", strategy.index), parameters_of(kind)
    own = {name: value for name, value in strategy.table.items() if name not in _OWN_KEYS}
    yield from (Fault((*path, name), is_unknown=True) for name in own if name not in known)
    given = {name: value for name, value in own.items() if name in known}
    try:
        build_strategy(kind, given)
    except ParameterError as error:
        for name, what in error.faults.items():
            here = (*path, name) if name else path
            yield of_value(here, what, given[name]) if name in given else Fault(here, what)
