"""Draws the order states from the code and puts every diagram and example into the pages that show it.

`python -m docs.uml.generate` writes; `tests/unit/docs/test_diagrams.py` fails where that would change something.
"""

import re
from pathlib import Path

from portfolio.model.order import TRANSITIONS, OrderStatus

ROOT = Path(__file__).parents[2]
ORDER_STATES = ROOT / "docs/uml/order_states.mmd"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
_FENCES = {".mmd": "mermaid", ".py": "python", ".toml": "toml"}
_BLOCK = re.compile(r"(?P<open><!-- shows (?P<path>\S+) -->\n).*?(?P<close><!-- end -->)", re.DOTALL)


def main() -> None:
    """The diagram is drawn, and every page shows its files as they are now."""
    ORDER_STATES.write_text(order_states(), encoding="utf-8")
    for page in PAGES:
        page.write_text(refreshed(page.read_text(encoding="utf-8")), encoding="utf-8")


def order_states() -> str:
    """The states of an order as a diagram, in the order in which they are declared."""
    lines = ["%% Generated from portfolio.model.order.TRANSITIONS: run `make diagrams`.", "stateDiagram-v2"]
    lines += ["[*] --> PENDING: within every limit", "[*] --> DENIED: ours, never sent"]
    lines += [f"{state} --> {after}" for state in OrderStatus for after in OrderStatus if _leads(state, after)]
    lines += [f"{state} --> [*]" for state in OrderStatus if state not in TRANSITIONS]
    return "\n".join([*lines[:2], *(f"    {line}" for line in lines[2:])]) + "\n"


def _leads(state: OrderStatus, after: OrderStatus) -> bool:
    return after in TRANSITIONS.get(state, ())


def refreshed(page: str) -> str:
    """The page with the files that it shows between its markers."""
    return _BLOCK.sub(_shown, page)


def _shown(block: re.Match[str]) -> str:
    path = ROOT / block["path"]
    text = path.read_text(encoding="utf-8").strip()
    return f"{block['open']}```{_FENCES[path.suffix]}\n{text}\n```\n{block['close']}"


if __name__ == "__main__":
    main()
