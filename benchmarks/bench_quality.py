"""How often posts are rightly made one, and accounts given to the right person (`python -m benchmarks.bench_quality`).

Exits with 1 unless the lower bound of the precision's 95 % interval is at least 0.995 and the recall at least 0.95,
for both. What a person is asked about is neither right nor wrong; for the recall it is missing.
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import quality_matching, quality_merging
from benchmarks.quality_matching import wilson
from warehouse import embedded

PRECISION, RECALL = 0.995, 0.95
OUT = Path("build/benchmarks/quality_merging.json")


def merging(server_url: str, console: Console) -> bool:
    """Whether the clustering is good enough; prints each kind of pair."""
    told = quality_merging.judged(server_url)
    right = sum(same and merged for _, same, merged, _ in told)
    merged, same = sum(row[2] for row in told), sum(row[1] for row in told)
    shown = Table("", "pairs", "merged", "asked", title=f"{len(told):,} pairs of posts, {same:,} of them one post")
    for (kind, is_same), pairs in Counter(row[:2] for row in told).items():
        of_kind = [row for row in told if row[0] == kind]
        shown.add_row(
            f"{kind.replace('_', ' ')}{'' if is_same else ' (two posts)'}", f"{pairs:,}",
            f"{sum(row[2] for row in of_kind):,}", f"{sum(row[3] and not row[2] for row in of_kind):,}",
        )  # fmt: skip
    console.print(shown)
    for name, part, whole in (("precision", right, merged), ("recall", right, same)):
        low, high = wilson(part, whole)
        console.print(f"{name} {part / whole:.4f} ({part:,} of {whole:,}; 95 % interval {low:.4f} to {high:.4f})")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_text(json.dumps({"pairs": len(told), "same": same, "merged": merged, "right": right}) + "\n", "utf-8")
    return wilson(right, merged)[0] >= PRECISION and right / same >= RECALL


def main() -> None:
    console = Console()
    with tempfile.TemporaryDirectory(prefix="rollcall-quality-") as home:
        url = embedded.start(Path(home))
        try:
            good = [merging(url, console), quality_matching.measure(url, console).passes]
        finally:
            embedded.stop(Path(home))
    if not all(good):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
