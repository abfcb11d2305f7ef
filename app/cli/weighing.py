"""What order books bear of a size: told by the server, or by a desk of this process."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from app.cli.client import ask_server
from app.cli.failure import WRONG_USE, CommandFailed
from app.cli.perform import problem_lines
from app.cli.request import Answer, Request
from app.clock import now_utc
from app.prices.answers import DiscrepanciesAnswer
from app.prices.asking import Question
from app.prices.comparing import compare
from app.prices.desk import PriceDesk
from app.prices.discrepancy_items import discrepancies_answer
from app.settings import Settings

PATIENCE_S = 40.0


def read_size(text: str | None) -> Decimal | None:
    """Raises CommandFailed for what is no amount."""
    try:
        number = Decimal(text) if text is not None else None
    except InvalidOperation:
        number = Decimal(0)
    if number is not None and not (number.is_finite() and number > 0):
        raise CommandFailed(f"--size {text} is no amount above 0", code=WRONG_USE)
    return number


def answer_of_server(settings: Settings, question: Question, size: Decimal, *, every_pair: bool) -> Answer | None:
    """None where no server runs. Raises CommandFailed."""
    params = {
        "symbols": ",".join(question.symbols),
        "venues": ",".join(question.venues),
        "size": f"{size:f}",
        "all": "true" if every_pair else "false",
    }
    answer = ask_server(settings, Request(path="/api/v1/discrepancies", params=params, patience_s=PATIENCE_S))
    if answer is not None and answer.is_problem:
        raise CommandFailed(*problem_lines(answer.data))
    return answer


def weighed_by_server(settings: Settings, question: Question, size: Decimal) -> Mapping[str, Any]:
    """Every pair of venues. Raises CommandFailed."""
    answer = answer_of_server(settings, question, size, every_pair=True)
    if answer is None:
        raise CommandFailed(f"the server at {settings.server.address} has stopped")
    return answer.data


async def weighed_here(desk: PriceDesk, question: Question, size: Decimal, *, every_pair: bool) -> DiscrepanciesAnswer:
    """The venues are asked."""
    compared = await compare(desk, question, size, every_pair=every_pair)
    return discrepancies_answer(compared, desk.view(question), size, desk.currency, {}, now_utc())
