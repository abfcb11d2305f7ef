"""docs/troubleshooting.md: what to do about each code."""

from docs.generate.codes import Advice, advice
from docs.generate.markdown import paragraphs

_KINDS = {
    "denied": (
        "Denied",
        "The alert was understood and stored, and an order or all of it was held back. HTTP status 200.",
    ),
    "ignored": ("Ignored", "There was nothing to do. HTTP status 200."),
    "refused": ("Refused", "The request was not taken and nothing was stored: correct it and send it again."),
    "busy": ("Not now", "Nothing was stored: send it again. TradingView does so by itself, three times."),
    "state": ("Causes of a state", "What `cause` says in `quartermaster status` where something is not ACTIVE."),
    "prices": ("Venues as sources of prices", "Why a venue in `quartermaster prices` has nothing new to say."),
    "label": ("Labels of prices", "Why a price is shown and not compared with those of other venues."),
    "check": ("Checks", "Names in the `checks` of a signal that are not met as a reason."),
}
_INTRODUCTION = """\
# Troubleshooting

Every answer that is not simply yes has a code: in `reasons` of a decision, or as `code` of an error. Find yours below;
`quartermaster signals show <id>` tells the whole story of one alert, with every figure. What was refused before it was
stored is in the log.

| you see | look at |
|---|---|
| no answer at all | [the desk cannot be reached](#the-desk-cannot-be-reached) |
| `quartermaster` ends with 2 | [the desk does not start](#the-desk-does-not-start) |
| an alert fired, and the desk knows nothing of it | [an alert did not arrive](#an-alert-did-not-arrive) |
| a code | [its entry](#codes) |"""
_WITHOUT_CODE = """\
## The desk cannot be reached

`curl http://127.0.0.1:8080/healthz` on the desk's own machine must answer `{"status": "ok"}`. If it does not, the desk
does not run, or on another `[server] port`. If it does, and other machines cannot reach it: `host = "127.0.0.1"` admits
this machine only, which is right where a proxy stands in front; then look at the proxy.

`/readyz` is 503 while no alert could open a position: an account is not reconciled, or the database cannot be written.

## The desk does not start

Each line on standard error names one thing. `quartermaster check` tells them all without starting anything: unknown
keys with the nearest known one, values that cannot be, a database that is damaged, newer than the program or not
writable. "in use" means that another `serve` runs with this database, or that something else listens on the port.

## An alert did not arrive

Alerts that were refused are in the log as `request refused`, with the sender's address, the code and the fields. If
there is nothing in the log, it did not reach the desk: TradingView sends to ports 80 and 443 only, needs a public
address, gives up after 3 seconds, and stops an alert that fires more than 15 times in 3 minutes. The alert's own log on
TradingView shows what it was answered. See [TradingView](tradingview.md)."""


def troubleshooting_page() -> str:
    known = advice()
    index = [f"[{name}](#{anchor(name)})" for name in sorted(known)]
    sections = [_section(kind, [entry for entry in known.values() if _kind(entry) == kind]) for kind in _KINDS]
    return paragraphs(_INTRODUCTION, _WITHOUT_CODE, "## Codes", " · ".join(index), *sections)


def anchor(name: str) -> str:
    """Where the code is found on the page."""
    return name.lower()


def _kind(entry: Advice) -> str:
    return entry.met[0].split()[0]


def _section(kind: str, entries: list[Advice]) -> str:
    heading, told = _KINDS[kind]
    return paragraphs(f"## {heading}", told, *map(_entry, entries)) if entries else ""


def _entry(entry: Advice) -> str:
    met = ", ".join(_where(place) for place in entry.met)
    return paragraphs(f"### {entry.code}", f"*{met}.* {entry.cause}", f"**What to do.** {entry.remedy}")


def _where(place: str) -> str:
    kind, _, status = place.partition(" ")
    return f"{_KINDS[kind][0]}{f' ({status})' if status else ''}"
