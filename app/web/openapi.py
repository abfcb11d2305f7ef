"""The OpenAPI description of the routes as they are, made by quart-schema.

Its extension is not installed in the application: that would wrap every answer and replace the JSON encoder. Its
provider alone reads the routes.
"""

import asyncio
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import version
from typing import Any

from quart import Quart, Response
from quart_schema import QuartSchema
from quart_schema.conversion import model_schema
from quart_schema.openapi import HttpSecurityScheme, Info, OpenAPIProvider, Tag
from werkzeug.routing import Rule

from app.codec import to_json
from app.web.answers import ProblemAnswer
from app.web.described import JSON, SECRET, TEXT, TOKEN, Described, description_of
from app.web.filters import Filters
from app.web.parameters import MOST_BEFORE, MOST_ITEMS, USUAL_ITEMS

Parts = dict[str, Any]
_PROBLEMS: Mapping[int, str] = {
    400: "The body cannot be parsed: NOT_JSON, NOT_UTF8, EMPTY_BODY, TOO_DEEP.",
    401: "No secret or token, or a wrong one.",
    403: "The address may not send alerts.",
    404: "What is named does not exist.",
    408: "The body did not arrive in time.",
    409: "It contradicts what has happened: ID_CONFLICT, NOTHING_TO_CANCEL, PRICED_BY_VENUE.",
    413: "The body is larger than `max_body_bytes`.",
    422: "What is said is wrong; every field or parameter at fault is named.",
    429: "Too many requests, or too many wrong secrets, from this address.",
    500: "A fault of the desk.",
    503: "Nothing was stored, or nothing can be read now; try again.",
}
_HEADERS: Mapping[int, str] = {401: "WWW-Authenticate", 429: "Retry-After", 503: "Retry-After"}
_TEXT = """\
Alerts in, orders out. Numbers of money, price and quantity are text in plain notation, times RFC 3339 in UTC; sides
and types are in lower case, states in capitals. Errors are `application/problem+json` (RFC 9457) with a stable `code`.
"""
_SCHEMES = {
    TOKEN: "The api_token of [server].",
    SECRET: "The secret of [webhook]; it may be in the body or in the path instead.",
}
_TAGS = {
    "alerts": "What the desk is told to trade.",
    "history": "What happened.",
    "prices": "What venues say.",
    "standing": "What is true now.",
    "controls": "What a person may tell the desk.",
    "operations": "Open to all.",
}


class RouteNotDescribed(Exception):
    """A route says nothing of itself: put `@Described(...)` under it."""


class Routes(OpenAPIProvider):
    """Every route with what it says of itself."""

    def schema(self) -> Parts:
        schema: Parts = super().schema()
        problem, components = self.build_response_object(ProblemAnswer, None)
        schema["components"]["schemas"] |= components | {"Problem": _content_of(problem)}
        schema["components"]["responses"] = {f"Problem{status}": _problem(status) for status in _PROBLEMS}
        for name, scheme in schema["components"]["securitySchemes"].items():
            scheme["description"] = _SCHEMES[name]
        return schema

    def build_paths(self, rule: Rule) -> tuple[Parts, Parts]:
        paths, components = super().build_paths(rule)
        description = description_of(self._app.view_functions[rule.endpoint])
        if description is None:
            raise RouteNotDescribed(rule.rule)
        for path in paths.values():
            for operation in path.values():
                components |= self._describe(operation, description)
        return paths, components

    def _describe(self, operation: Parts, said: Described) -> Parts:
        """The operation says what its route says; the components it refers to are returned."""
        components: Parts = {}
        operation["tags"] = [said.tag]
        operation["description"] = operation.get("description", "").strip()
        operation["security"] = [{scheme: []} if scheme else {} for scheme in said.security]
        operation["parameters"] = [*operation["parameters"], *_parameters(said)]
        responses: Parts = {}
        for status, shape in said.answers.items():
            if said.answer_type == JSON:
                responses[str(status)], used = self.build_response_object(shape, None)
                components |= used
            else:
                responses[str(status)] = {"content": {said.answer_type: {"schema": {"type": "string"}}}}
            responses[str(status)]["description"] = "Done." if status < 300 else _PROBLEMS[status]
        responses |= {str(status): {"$ref": f"#/components/responses/Problem{status}"} for status in said.problems}
        operation["responses"] = responses
        if said.body is not None:
            operation["requestBody"], used = _body(said)
            components |= used
        return components


def describe(app: Quart) -> Parts:
    """The whole description. Raises RouteNotDescribed."""
    app.config.setdefault("QUART_SCHEMA_CONVERT_CASING", False)
    app.config.setdefault("QUART_SCHEMA_CONVERSION_PREFERENCE", "pydantic")
    facts = QuartSchema(
        info=Info(title="Quartermaster", version=version("quartermaster"), description=_TEXT),
        tags=[Tag(name=name, description=text) for name, text in _TAGS.items()],
        security_schemes={name: HttpSecurityScheme(scheme="bearer") for name in _SCHEMES},
    )
    return Routes(app, facts).schema()


def add_openapi(app: Quart) -> None:
    """GET /openapi.json: the same for every caller, made once, beside the event loop."""

    @cache
    def described() -> bytes:
        return to_json(describe(app))

    @app.get("/openapi.json")
    @Described(tag="operations", answers={200: dict[str, Any]}, problems=(429,))
    async def openapi() -> Response:
        """This description."""
        return Response(await asyncio.to_thread(described), content_type=JSON)


def _parameters(said: Described) -> Iterable[Parts]:
    if said.is_paged:
        whole = {"type": "integer", "minimum": 1, "maximum": MOST_ITEMS, "default": USUAL_ITEMS}
        yield {"name": "limit", "in": "query", "schema": whole}
        older = {"type": "integer", "minimum": 0, "maximum": MOST_BEFORE}
        yield {"name": "before", "in": "query", "schema": older, "description": "The `next` of the page before."}
    yield from _filter_parameters(said.filters)


def _filter_parameters(filters: Filters) -> Iterable[Parts]:
    for name, values in filters.items():
        schema: Parts = {"type": "string"} | ({"enum": [str(value) for value in values]} if values else {})
        yield {"name": name, "in": "query", "schema": schema}


def _body(said: Described) -> tuple[Parts, Parts]:
    schema = model_schema(said.body, preference="pydantic")
    components = schema.pop("$defs", {})
    content: Parts = {}
    for kind in said.body_types:
        shape = schema if kind != TEXT else {"type": "string", "description": "The same JSON object."}
        examples = said.examples
        if kind == TEXT:
            examples = {
                name: {**example, "value": to_json(example["value"]).decode()} for name, example in examples.items()
            }
        content[kind] = {"schema": shape, "examples": examples}
    return {"content": content, "required": said.is_body_required}, components


def _problem(status: int) -> Parts:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    response: Parts = {"description": _PROBLEMS[status], "content": content}
    if status in _HEADERS:
        response["headers"] = {_HEADERS[status]: {"schema": {"type": "string"}, "required": True}}
    return response


def _content_of(response: Parts) -> Any:
    return response["content"][JSON]["schema"]
