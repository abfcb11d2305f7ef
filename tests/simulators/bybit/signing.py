"""Who may ask: keys, signatures and the receive window, checked as Bybit does."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from tests.simulators.bybit.answers import Refused

AHEAD_MS = 1000
_STALE = (
    "invalid request, please check your server timestamp or recv_window param. "
    "req_timestamp[{}],server_timestamp[{}],recv_window[{}]"
)


@dataclass(slots=True)
class ApiKey:
    """`permissions` as query-api tells them; a key without `ContractTrade` and `Spot` rights cannot trade."""

    key: str
    secret: str
    read_only: bool = False
    expired: bool = False
    expires_at: str = "2099-05-15T03:21:05Z"
    ips: tuple[str, ...] = ("*",)
    permissions: dict[str, list[str]] = field(
        default_factory=lambda: {
            "ContractTrade": ["Order", "Position"],
            "Spot": ["SpotTrade"],
            "Wallet": [],
            "Options": [],
            "Derivatives": ["DerivativesTrade"],
            "CopyTrading": [],
            "BlockTrade": [],
            "Exchange": [],
            "NFT": [],
            "Affiliate": [],
            "Earn": [],
        }
    )


def check(keys: Mapping[str, ApiKey], headers: Mapping[str, str], signed: str, now_ms: int) -> ApiKey:
    """The key that signed the request. `signed` is the raw query of a GET, the raw body of a POST."""
    key_id, timestamp = headers.get("X-BAPI-API-KEY"), headers.get("X-BAPI-TIMESTAMP")
    sign, window = headers.get("X-BAPI-SIGN"), headers.get("X-BAPI-RECV-WINDOW", "5000")
    if not (key_id and timestamp and sign):
        raise Refused(10001, "params error: apiKey, timestamp or sign is missing", 401)
    if not (timestamp.isdigit() and window.isdigit()):
        raise Refused(10001, "params error: timestamp and recv_window are integers")
    if not now_ms - int(window) <= int(timestamp) < now_ms + AHEAD_MS:
        raise Refused(10002, _STALE.format(timestamp, now_ms, window))
    key = keys.get(key_id)
    if key is None:
        raise Refused(10003, "API key is invalid.")
    origin = timestamp + key_id + window + signed
    if not hmac.compare_digest(signature(key.secret, origin), sign):
        raise Refused(10004, f"error sign! origin_string[{origin}]")
    if key.expired:
        raise Refused(33004, "Your api key has expired.")
    return key


def signature(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), sha256).hexdigest()
