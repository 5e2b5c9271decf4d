"""Which Prefect server is meant, and what a file of plans that is broken says."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from flows import deploy
from flows.errors import ConfigurationError
from flows.settings import Settings


@pytest.fixture
def answering(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an API that answers with these words, whatever it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(request.param)

        def log_message(self, format: str, *values: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("answering", [b"true"], indirect=True)
def test_the_server_of_this_computer_is_meant_if_none_is_named(
    answering: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where `rollcall serve` has it; another one that the environment names goes before."""
    monkeypatch.setattr(deploy, "HERE", answering)
    with deploy.connected(Settings(home=tmp_path)) as client:
        assert str(client.api_url).rstrip("/") == answering
    named = Settings(home=tmp_path, environment={"PREFECT_API_URL": "http://127.0.0.1:9/api"})
    with deploy.connected(named) as client:
        assert str(client.api_url).rstrip("/") == "http://127.0.0.1:9/api"


@pytest.mark.parametrize("answering", [b"<html>another program</html>"], indirect=True)
def test_another_program_at_its_address_is_no_server(
    answering: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is nobody at all; the sentence says what to do."""
    for address in (answering, "http://127.0.0.1:9/api"):
        monkeypatch.setattr(deploy, "HERE", address)
        with pytest.raises(ConfigurationError, match="Which Prefect server"), deploy.connected(Settings(home=tmp_path)):
            pass


@pytest.mark.parametrize("text", ["deployments: [", "", "12", "pull: []", "deployments: [{name: daily}]"])
def test_a_file_of_plans_that_cannot_be_read_is_named(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a sentence, so that a serve that looks at it goes on."""
    monkeypatch.setattr(deploy, "FILE", tmp_path / "prefect.yaml")
    deploy.FILE.write_text(text)
    with pytest.raises(ConfigurationError, match=r"prefect\.yaml cannot be read"):
        deploy.deploy(Settings(home=tmp_path), "http://127.0.0.1:9/api")
