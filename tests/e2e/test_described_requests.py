"""Requests made up from the OpenAPI description, right and wrong ones: nothing breaks, every answer is as described."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.servers import SECRET, Server, bearer, running

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
EXAMPLES = 30
ENDLESS = {"/api/v1/prices/stream"}
NOBODY = '[{"id": "binance", "rest_url": "http://127.0.0.1:9"}]'
"""A venue at an address where nobody listens: what is made up here must not be asked of anybody."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A desk with something in each list."""
    elsewhere = {"PRICES__VENUES": "binance", "PRICES__EXCHANGES": NOBODY}
    with running(
        tmp_path_factory.mktemp("described"), PORTFOLIO__LIMITS__MAX_ORDER_NOTIONAL="2000", **elsewhere
    ) as server:
        assert server.alert(id="filled").status == 202
        assert server.alert(id="denied", quantity="5").status == 200
        yield server
        assert server.is_ready


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_as_described(server: Server, mode: GenerationMode) -> None:
    address = f"http://127.0.0.1:{server.port}"
    found = [result.ok() for result in schemathesis.openapi.from_url(f"{address}/openapi.json").get_all_operations()]
    assert {operation.label for operation in found} >= {"POST /webhook", "POST /api/v1/flatten", "GET /api/v1/orders"}
    for operation in found:
        if operation.path in ENDLESS:
            continue
        if mode is GenerationMode.POSITIVE or operation.body or len(operation.query):
            ask_in_many_ways(operation, mode)


def ask_in_many_ways(operation: APIOperation, mode: GenerationMode) -> None:
    """The same ways in each run. A failure tells the request as a curl command."""
    credentials = bearer(SECRET) if operation.path.startswith("/webhook") else bearer()

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        if "secret" in case.path_parameters:
            case.path_parameters["secret"] = SECRET
        case.call_and_validate(headers=credentials, checks=CHECKS, timeout=10)

    ask()
