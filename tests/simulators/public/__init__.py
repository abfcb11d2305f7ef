"""What several venues say to everybody, without a key, as ccxt asks for it."""

from tests.simulators.public.remote import RemotePublic
from tests.simulators.public.server import PublicSimulator

__all__ = ["PublicSimulator", "RemotePublic"]
