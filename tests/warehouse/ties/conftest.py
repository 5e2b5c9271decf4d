"""The worked example of metrics.md b.11."""

from __future__ import annotations

import numpy as np
import pytest

from warehouse.ties.network import Network, Numbers

TIES = ["AB", "BA", "AC", "AD", "DA", "BE", "CG", "DE", "EF", "FH", "GH", "HC"]


@pytest.fixture
def example() -> tuple[Network, Numbers]:
    """A, B, C of 2014; D, E, F of 2017; G, H of 2019."""
    source, target = np.array([["ABCDEFGH".index(end) for end in tie] for tie in TIES]).T
    return Network(people=8, source=source, target=target), np.array([0, 0, 0, 1, 1, 1, 2, 2])
