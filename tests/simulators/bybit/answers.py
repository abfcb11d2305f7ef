"""The envelope of every answer, and what a refusal is."""

from typing import Any

import orjson


class Refused(Exception):
    """The venue says no, with one of its codes; nothing has changed."""

    def __init__(self, code: int, message: str, http_status: int = 200) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.http_status = http_status


def envelope(code: int, message: str, result: Any, now_ms: int) -> bytes:
    return orjson.dumps({"retCode": code, "retMsg": message, "result": result, "retExtInfo": {}, "time": now_ms})
