"""Which of its pages Prefect's server offers: the one that asks nobody outside."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path


def quiet(folder: Path) -> Path:
    """The folder to which the server copies each page before it offers it; where Prefect itself lies may be read-only.

    Prefect 3.8 has two. The newer one (V2) asks a server of an analytics company each time it is opened, and no setting
    forbids that. A link to nowhere in the place of its folder makes Prefect leave it out, which it notes in server.log.
    Source: `create_ui_app` in prefect/server/api/server.py; tests/flows/test_browser.py sees whether it still holds.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):
        (folder / "v2").symlink_to(folder / "left out")
    return folder
