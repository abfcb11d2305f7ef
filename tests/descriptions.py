"""Answers held against the OpenAPI description, more strictly than it says: what it does not name is wrong too."""

import copy
import json
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import jsonschema_rs

Operation = tuple[str, str]


@dataclass(slots=True)
class Contract:
    """`seen` are the answers that were checked, by operation and status."""

    description: dict[str, Any]
    seen: dict[Operation, set[int]] = field(default_factory=dict)

    @property
    def told(self) -> dict[Operation, set[int]]:
        """Every status that the description has, by operation."""
        return {
            (method.upper(), path): set(map(int, operation["responses"]))
            for path, methods in self.description["paths"].items()
            for method, operation in methods.items()
        }

    def check(self, method: str, path: str, status: int, headers: dict[str, str], raw: bytes) -> None:
        """The answer is one that the description has, in its status, headers, type and body."""
        found = self._operation(method, path.partition("?")[0])
        responses = self.description["paths"][found[1]][method.lower()]["responses"]
        assert str(status) in responses, f"{found} answers {status}, which is not described: {raw[:200]!r}"
        response = self._resolved(responses[str(status)])
        missing = [name for name in response.get("headers", {}) if name.lower() not in headers]
        assert not missing, f"{found} {status} lacks {missing}"
        kind = headers.get("content-type", "").partition(";")[0]
        content = response["content"]
        assert kind in content or "*/*" in content, f"{found} {status} is {kind}"
        if kind in content and "json" in kind:
            _validator(json.dumps(self._strict(content[kind]["schema"]))).validate(json.loads(raw))
        self.seen.setdefault(found, set()).add(status)

    def _operation(self, method: str, path: str) -> Operation:
        """The described operation that a request for the path belongs to; one without parameters first."""
        for known, methods in sorted(self.description["paths"].items(), key=lambda item: item[0].count("{")):
            pattern = re.sub(r"\\{[^}]+\\}", "(.+)", re.escape(known))
            if method.lower() in methods and re.fullmatch(pattern, path):
                return method, known
        raise AssertionError(f"{method} {path} is not described")

    def _resolved(self, thing: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in thing:
            return thing
        found: Any = self.description
        for name in thing["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        return dict(found)

    def _strict(self, schema: dict[str, Any]) -> dict[str, Any]:
        whole = copy.deepcopy({**schema, "components": {"schemas": self.description["components"]["schemas"]}})
        _close(whole)
        return whole


def _close(schema: Any) -> None:
    """No object has other members than those that are described."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            _close(part)
    elif isinstance(schema, list):
        for part in schema:
            _close(part)


@lru_cache
def _validator(schema: str) -> Any:
    return jsonschema_rs.Draft202012Validator(json.loads(schema), validate_formats=True)
