"""The route that does nothing: the least that an answer over Quart costs. Run as a process of its own."""

import sys

import uvloop
from hypercorn.asyncio import serve
from quart import Quart, Response, request

from app.serving import bind, server_config
from app.web.create import BODY_WITHIN_S


def create_noop(answer_bytes: int) -> Quart:
    """Reads the body and answers 202 with `answer_bytes` bytes, as the desk would."""
    app = Quart("noop", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 65536
    app.config["BODY_TIMEOUT"] = BODY_WITHIN_S
    answer = b"x" * answer_bytes

    @app.post("/webhook")
    async def receive() -> Response:
        await request.get_data(cache=False)
        return Response(answer, 202, content_type="application/json")

    @app.get("/readyz")
    async def readyz() -> Response:
        return Response(b"{}", content_type="application/json")

    return app


if __name__ == "__main__":
    port, answer_bytes = map(int, sys.argv[1:])
    uvloop.run(serve(create_noop(answer_bytes), server_config(bind("127.0.0.1", port), None)))
