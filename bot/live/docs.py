"""`python -m bot.live.docs`: writes the table of open questions into docs/real-world.md."""

import sys
from collections.abc import Iterable
from pathlib import Path

from bot.live.live_check import LiveCheck
from bot.live.live_checks import LIVE_CHECKS

PAGE = Path(__file__).parents[2] / "docs" / "real-world.md"
BEGIN, END = "<!-- checks:start -->", "<!-- checks:end -->"


def table(checks: Iterable[LiveCheck]) -> str:
    """Return the checks as a table in Markdown."""
    lines = [
        "| key | question | expected | source | what the bot does either way | needs |",
        "|---|---|---|---|---|---|",
    ]
    for check in checks:
        needs = ", ".join(need.given_by for need in check.needs)
        cells = (
            f"`{check.key}`",
            f"{check.provider}: {check.question}",
            "yes" if check.believed else "no",
            check.source,
            check.either_way,
            needs,
        )
        lines.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join(lines)


def with_table(page: str) -> str:
    """Return the page with the table of today's checks in it."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(LIVE_CHECKS)}\n{END}{after}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "\\<")


def main() -> None:
    """Rewrite the table in the page."""
    page = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(with_table(page), encoding="utf-8")
    sys.stdout.write(f"{PAGE}: {len(LIVE_CHECKS)} checks\n")


if __name__ == "__main__":
    main()
