"""Every platform of the registry keeps the same promises (`kit/`), over real HTTP against its simulated servers."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connectors.registry import CONNECTORS
from tests.connectors.kit import items, paging, promises, troubles
from tests.connectors.kit.bench import Bench, bench_of

Check = Callable[[Bench], None]
CHECKS: dict[str, Check] = {
    name: check
    for module in (paging, items, troubles, promises)
    for name, check in vars(module).items()
    if name.startswith("check_")
}


@pytest.fixture(scope="module", params=CONNECTORS)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with bench_of(request.param) as bench:
        yield bench


@pytest.mark.parametrize("name", CHECKS)
def test_the_promise_is_kept(bench: Bench, name: str) -> None:
    """The docstring of the check says which."""
    bench.reset()
    CHECKS[name](bench)


@pytest.mark.full
def test_every_leaf_may_be_missing_or_strange(bench: Bench) -> None:
    """All kinds of places in all kinds of pages, where the daily tests take a sample."""
    bench.reset()
    items.check_each_leaf_may_be_missing_or_strange(bench, everywhere=True)
