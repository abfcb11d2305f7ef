"""docs/reference/configuration.md: every key with its type, default, variable and description."""

from collections.abc import Mapping

from app.settings.environment import PREFIX, SEPARATOR
from app.settings.model import Settings
from app.settings.shape import rows_of, table_of
from docs.generate.keys import Key, described, kind_keys, limit_keys, rule_keys, settings_keys
from docs.generate.markdown import code, paragraphs, table
from portfolio.prices.screening.registry import RULES
from strategies.registry import BUILT_IN

SCOPES = ("portfolio", "accounts", "strategies")
_INTRODUCTION = """\
# Configuration keys

Every key there is. How the file and the environment work together: [configuration](../configuration.md). What the
limits do, with figures: [limits](../limits.md). Below each description is the variable that sets the key.

`<ID>` in the name of a variable stands for the `id` of the table in capitals, `<SYMBOL>` for its symbol, `<NAME>` for a
name of your own; any character that is not a letter or digit becomes `_`. Lists stand with commas:
`10.0.0.1,10.0.0.2`. *required* means that the file or the environment must set the key."""

_RULES = """\
The `rules` of a screen are tables with a `kind` and its parameters. A share is `"5%"` or `"0.05"`, a length of time
`"1h"`, `"24h"` or `"7d"`. The variable sets all rules of a screen together, as JSON:
`[{"kind": "change", "at_least": "5%"}]`."""


def configuration_page() -> str:
    texts = described()
    tables: dict[tuple[str, ...], list[Key]] = {}
    for key in settings_keys():
        tables.setdefault(key.path[:-1], []).append(key)
    shown = [_section(path, tables[path], texts) for path in sorted(tables, key=lambda path: _place(path, tables))]
    kinds = [_kind(kind, kind_keys(), texts) for kind in BUILT_IN]
    rules = [_kind(kind, rule_keys(), texts) for kind in RULES]
    return paragraphs(
        _INTRODUCTION, *shown, "## Parameters of a kind", *kinds, "## Rules of a screen", _RULES, *rules, _limits(texts)
    )


def _section(path: tuple[str, ...], keys: list[Key], texts: Mapping[str, str]) -> str:
    if not path:
        return paragraphs(*(_section(key.path, [key], texts) for key in keys))
    return paragraphs(f"## {_title(path)}", _table(keys, texts))


def _kind(kind: str, known: list[Key], texts: Mapping[str, str]) -> str:
    keys = [key for key in known if key.path[1] == kind]
    return paragraphs(f"### kind = {kind}", _table(keys, texts) if keys else "None.")


def _table(keys: list[Key], texts: Mapping[str, str]) -> str:
    return table(("key", "type", "default", ""), [_row(key, texts.get(key.name, "")) for key in keys])


def _row(key: Key, text: str) -> tuple[str, str, str, str]:
    variable = f"<br>{code(key.variable)}" if key.variable else ""
    return code(key.path[-1]), key.type, key.default, f"{text}{variable}"


def _limits(texts: Mapping[str, str]) -> str:
    rows = ([code(key.path[-1]), key.type, texts.get(key.name, "")] for key in limit_keys())
    tables = ", ".join(code(f"[{scope}.limits]") for scope in SCOPES)
    variables = ", ".join(code(_limit_variable(scope)) for scope in SCOPES)
    return paragraphs(
        "## Limits",
        f"In {tables}, and for one symbol in `[[….limits.symbols]]` with `symbol` as its first key. None is set"
        f" unless the file or the environment sets it: {variables}.",
        table(("key", "type", ""), rows),
    )


def _limit_variable(scope: str) -> str:
    middle = "" if scope == "portfolio" else f"<ID>{SEPARATOR}"
    return f"{PREFIX}{scope.upper()}{SEPARATOR}{middle}LIMITS{SEPARATOR}<KEY>"


def _title(path: tuple[str, ...]) -> str:
    """The table as TOML writes it."""
    field = Settings.model_fields[path[0]]
    model = rows_of(field) or table_of(field)
    is_list = rows_of(field) is not None
    for name in path[1:]:
        assert model is not None
        is_list = rows_of(model.model_fields[name]) is not None
        model = rows_of(model.model_fields[name]) or table_of(model.model_fields[name])
    return f"[[{'.'.join(path)}]]" if is_list else f"[{'.'.join(path)}]"


def _place(path: tuple[str, ...], tables: Mapping[tuple[str, ...], list[Key]]) -> list[int]:
    """Sections in the order in which the model declares them, with what has no table of its own at the end."""
    order = list(tables)
    return [len(order)] if not path else [order.index(path)]
