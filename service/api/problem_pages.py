"""Writes ``docs/problems/`` from the catalogue: ``python -m service.api.problem_pages docs/problems``."""

import sys
from pathlib import Path

from schemas.problems import ProblemType, index_page, page


def pages() -> dict[str, str]:
    """File name and text of every page."""
    return {"README.md": index_page()} | {f"{kind.value}.md": page(kind) for kind in ProblemType}


def write_pages(folder: Path) -> None:
    """Bring the folder up to date."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
