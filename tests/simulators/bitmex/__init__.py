"""BitMEX as it was until it closed, served on this machine."""

from tests.simulators.bitmex.simulator import BitmexSimulator

__all__ = ["BitmexSimulator"]
