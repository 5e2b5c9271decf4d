"""Documents of the warehouse, made from the models: dbt's page in one file, and a diagram of what points to what.

    python -m warehouse.documentation

writes `build/docs/index.html` (works offline; dbt's usage statistics are off) and `docs/diagram.md`. The page is made
from the tables' own form: the models are built once, empty, on a PostgreSQL that lives for as long as that takes.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from warehouse import embedded, transform
from warehouse.engine import connect
from warehouse.migrate import migrate

ROOT = Path(__file__).parents[1]
PAGE, DIAGRAM = ROOT / "build" / "docs" / "index.html", ROOT / "docs" / "diagram.md"
STAMP = ("as_of", "run_id", "definition_version", "publication_id")
TYPES = {"timestamp with time zone": "timestamptz", "text[]": "texts"}
INTRODUCTION = """# What points to what

The facts and dimensions of schema `marts`, and the tables of `metrics` that point to them. Made from the models by
`make docs`; every table also has `as_of`, `run_id`, `definition_version` and `publication_id`, and every arrow holds
within one `campaign`. What each column means: `\\d+` in `rollcall db shell`, or the page that `make docs` writes.

```mermaid
erDiagram
"""


def main() -> None:
    with TemporaryDirectory() as folder:
        write_page(Path(folder), PAGE)
    DIAGRAM.write_text(diagram(), encoding="utf-8")
    sys.stdout.write(f"Written: {PAGE.relative_to(ROOT)} and {DIAGRAM.relative_to(ROOT)}\n")


def write_page(folder: Path, page: Path) -> None:
    """dbt's documentation of every model, column and test as one HTML file; `folder` is work space."""
    url = embedded.start(folder, durable=False)
    try:
        engine = connect(url)
        migrate(engine)
        engine.dispose()
        page.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(transform.document(url, folder / "dbt"), page)
    finally:
        embedded.stop(folder)


def diagram() -> str:
    """The models of marts, and those of metrics that point to one of them, as a Mermaid diagram in Markdown."""
    models = {model["name"]: model for schema in ("marts", "metrics") for model in _models(schema)}
    arrows = [(name, *arrow) for name, model in models.items() for arrow in _arrows(model)]
    facts = {model["name"] for model in _models("marts")}
    shown = facts | {name for name, other, _ in arrows if other in facts}
    lines = [line for name in sorted(shown) for line in _box(models[name])]
    lines += sorted(f"  {other} ||--o{{ {name} : {column}" for name, other, column in arrows if name in shown)
    return INTRODUCTION + "\n".join(lines) + "\n```\n"


def _models(schema: str) -> Iterator[dict[str, Any]]:
    for path in sorted((transform.PROJECT / "models" / schema).glob("*.yml")):
        yield from yaml.safe_load(path.read_text(encoding="utf-8"))["models"]


def _arrows(model: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(the table pointed to, by which column) of each relationships test."""
    for column in model["columns"]:
        for test in column.get("data_tests", ()):
            if isinstance(test, dict) and "relationships" in test:
                target = test["relationships"]["arguments"]["to"]
                yield target.removeprefix("ref('").removesuffix("')"), column["name"]


def _box(model: Mapping[str, Any]) -> Iterator[str]:
    keys = {
        name
        for test in model.get("data_tests", ())
        if isinstance(test, dict) and "key" in test
        for name in test["key"]["arguments"]["columns"]
    }
    yield f"  {model['name']} {{"
    for column in model["columns"]:
        if column["name"] not in STAMP:
            kind = TYPES.get(column["data_type"], column["data_type"])
            yield f"    {kind} {column['name']}{' PK' if column['name'] in keys else ''}"
    yield "  }"


if __name__ == "__main__":
    main()
