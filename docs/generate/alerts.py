"""docs/alerts.md: what the front page says of an alert, where the site can link to it."""

import re

from docs.generate.markdown import paragraphs
from docs.uml.generate import ROOT

SECTION = "An alert"
_LINK = re.compile(r"\]\(docs/")
_INTRODUCTION = """\
# Alerts

An alert is one JSON object, POSTed to [`/webhook`](http-api.md#the-webhook). The messages to paste into TradingView:
[TradingView](tradingview.md). What can be traded, and how an order of each type behaves:
[instruments and orders](instruments-and-orders.md). What each code of an answer means:
[troubleshooting](troubleshooting.md#codes)."""


def alerts_page() -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {SECTION}\n.*?(?=^## )", readme, re.MULTILINE | re.DOTALL)
    assert found, f"the front page has no section {SECTION}"
    return paragraphs(_INTRODUCTION, _LINK.sub("](", found[0]))
