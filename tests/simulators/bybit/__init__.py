"""Bybit v5, as ccxt speaks it."""

from tests.simulators.bybit.remote import RemoteBybit
from tests.simulators.bybit.server import API_KEY, API_SECRET, BybitSimulator

__all__ = ["API_KEY", "API_SECRET", "BybitSimulator", "RemoteBybit"]
