"""What the tests of YouTube ask, and whom."""

from __future__ import annotations

import pytest

from connectors.transport import Transport
from tests.connectors.youtube.answers import NOW


@pytest.fixture
def transport(transport: Transport) -> Transport:
    transport.clock = lambda: NOW
    return transport
