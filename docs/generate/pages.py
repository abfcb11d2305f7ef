"""Which pages are generated, and from what."""

from collections.abc import Callable

from docs.generate.alerts import alerts_page
from docs.generate.command_line import command_line_page
from docs.generate.configuration import configuration_page
from docs.generate.troubleshooting import troubleshooting_page
from docs.uml.generate import ROOT

DOCS = ROOT / "docs"
NOTICE = "<!-- Generated: run `make pages`. {source} -->\n\n"
PAGES: dict[str, tuple[Callable[[], str], str]] = {
    "alerts.md": (alerts_page, "The text is that of README.md."),
    "reference/configuration.md": (configuration_page, "The descriptions are in docs/reference/keys.toml."),
    "reference/command-line.md": (command_line_page, "The texts are those of app/cli."),
    "troubleshooting.md": (troubleshooting_page, "Causes and remedies are in docs/reference/codes.toml."),
}


def generated(name: str) -> str:
    """The page as the code and its data say now."""
    page, source = PAGES[name]
    return NOTICE.format(source=source) + page()


def write_pages() -> None:
    for name in PAGES:
        (DOCS / name).write_text(generated(name), encoding="utf-8")
