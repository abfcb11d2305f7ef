"""Kinds of a thing by name: those that are built in, and those of installed packages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, is_dataclass
from importlib.metadata import EntryPoint


class PluginError(Exception):
    """What an installed package offers cannot be used; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What is looked for: `noun` is its word in messages, `methods` what each class must have."""

    noun: str
    methods: tuple[str, ...]
    built_in: Mapping[str, type]


def types_of(offer: Offer, points: Iterable[EntryPoint]) -> dict[str, type]:
    """The built-in kinds and those behind the entry points. Raises PluginError."""
    found = dict(offer.built_in)
    for point in points:
        named = f"{offer.noun} plug-in {point.name!r} ({point.value})"
        if point.name in found:
            taken_by = f"a built-in {offer.noun}" if point.name in offer.built_in else "another plug-in"
            raise PluginError(f"{named}: {taken_by} has this name already")
        found[point.name] = _load(point, named, offer.methods)
    return found


def _load(point: EntryPoint, named: str, methods: tuple[str, ...]) -> type:
    try:
        loaded = point.load()
    except Exception as error:  # foreign code may fail in any way while it is imported
        raise PluginError(f"{named} cannot be loaded: {type(error).__name__}: {error}") from error
    if not (isinstance(loaded, type) and is_dataclass(loaded)):
        raise PluginError(f"{named} is no dataclass")
    missing = [name for name in methods if not callable(getattr(loaded, name, None))]
    if missing:
        raise PluginError(f"{named} has no method {' and no '.join(missing)}")
    return loaded
