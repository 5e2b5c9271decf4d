"""Several computers: a Prefect server and a PostgreSQL on one, workers on two others, each in a network of its own.

The computers are network namespaces on one bridge, with host names of their own. Making them takes root and iproute2.
"""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

import pytest

from flows.deploy import connected
from flows.settings import Settings
from flows.steps.warehouse import open_warehouse
from sandbox import server
from sandbox.world import load
from tests.flows.crew import (
    PATIENT,
    Crew,
    asked,
    begin_anew,
    crew,
    load_what_people_keep,
    same_rows,
    settled,
    under_way,
)
from tests.flows.serving import WORLD, eventually, rows
from warehouse import embedded
from warehouse.embedded import cluster
from warehouse.engine import create_database


def ip(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ip", *words], capture_output=True, text=True, check=True)


def _can_make_networks() -> bool:
    if os.geteuid() != 0 or not shutil.which("ip") or not shutil.which("unshare"):
        return False
    name = f"rollcall-{uuid4().hex[:8]}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True)
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return made.returncode == 0


pytestmark = [
    pytest.mark.long,
    pytest.mark.hosts,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not _can_make_networks(), reason="network namespaces cannot be made here (root and iproute2)"),
]


class Network:
    """A bridge, and computers on it."""

    def __init__(self) -> None:
        self.tag = uuid4().hex[:6]
        self.net = next(net for net in (f"10.{second}.77" for second in range(97, 250)) if not _is_used(net))
        self.bridge, self.address = f"rc{self.tag}", f"{self.net}.1"
        self.hosts: list[str] = []
        self.numbers = count(2)
        ip("link", "add", self.bridge, "type", "bridge")
        ip("address", "add", f"{self.address}/24", "dev", self.bridge)
        ip("link", "set", self.bridge, "up")

    def add(self, name: str) -> tuple[str, ...]:
        """A computer; what a command has to begin with to run there."""
        host, cable = f"rollcall-{self.tag}-{name}", f"{self.bridge}{len(self.hosts)}"
        ip("netns", "add", host)
        self.hosts.append(host)
        ip("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", host)
        ip("link", "set", cable, "master", self.bridge, "up")
        ip("-n", host, "address", "add", f"{self.net}.{next(self.numbers)}/24", "dev", "eth0")
        for device in ("eth0", "lo"):
            ip("-n", host, "link", "set", device, "up")
        return ("ip", "netns", "exec", host, "unshare", "--uts", "sh", "-c", 'hostname "$0" && exec "$@"', name)

    def pids(self, name: str) -> list[int]:
        return [int(pid) for pid in ip("netns", "pids", f"rollcall-{self.tag}-{name}").stdout.split()]

    def kill(self, name: str) -> None:
        """Everything on that computer, hard, until nothing is left."""
        while pids := self.pids(name):
            for pid in pids:
                os.kill(pid, signal.SIGKILL)

    def pull(self, name: str) -> None:
        """Its cable."""
        ip("-n", f"rollcall-{self.tag}-{name}", "link", "set", "eth0", "down")

    def remove(self) -> None:
        for host in self.hosts:
            self.kill(host.rpartition("-")[2])
            ip("netns", "del", host)
        ip("link", "del", self.bridge)


def _is_used(net: str) -> bool:
    return f" {net}." in ip("-4", "address").stdout


@dataclass(frozen=True, kw_only=True)
class Hall:
    """The server's computer, and two that work for it."""

    network: Network
    head: Crew
    workers: dict[str, Crew]
    servers: server.Sandbox
    api_url: str
    database_url: str
    calm: dict[str, list[str]]

    @property
    def settings(self) -> Settings:
        return Settings.from_environment(self.head.environment)

    def at_work(self) -> str:
        """The computer that has the daily run."""
        return str(
            asked(self.database_url, "select host from core.run where verb = 'daily' and state = 'running'")[0][0]
        )


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    folder = tmp_path_factory.mktemp("hall")
    network = Network()
    world = load(WORLD)
    try:
        with pytest.MonkeyPatch.context() as patch, socket.socket() as probe:
            probe.bind((network.address, 0))
            port = probe.getsockname()[1]
            probe.close()
            patch.setattr(server, "Server", _reachable_at(network.address))
            url = _postgres(folder / "database", network)
            with server.serve(world) as servers:
                servers.clock.set(world.collections()[-1])
                given = {"ROLLCALL_DATABASE_URL": url, **PATIENT}
                head = crew(folder / "head", servers, network.address, **given)
                open_warehouse(Settings.from_environment(head.environment)).dispose()
                load_what_people_keep(head, servers, url)
                create_database(url, "base", template="rollcall")
                quiet = create_database(url, "quiet", template="base")
                workers = {}
                for name in ("north", "south"):
                    workers[name] = crew(folder / name, servers, network.address, **given)
                    workers[name].prefix = network.add(name)
                try:
                    with head.meanwhile("daily", "--campaign", "lanterns", ROLLCALL_DATABASE_URL=quiet):
                        head.serve("--host", network.address, "--port", str(port), "--runs-at-once", "0")
                        for worker in workers.values():
                            worker.serve("--join", f"http://{network.address}:{port}")
                    yield Hall(
                        network=network,
                        head=head,
                        workers=workers,
                        servers=servers,
                        api_url=f"http://{network.address}:{port}/api",
                        database_url=url,
                        calm=rows(quiet),
                    )
                finally:
                    for crew_ in (*workers.values(), head):
                        crew_.stop()
    finally:
        network.remove()
        embedded.stop(folder / "database")


def _reachable_at(address: str) -> type[server.Server]:
    """The platforms listen where the other computers see them."""

    class Reachable(server.Server):
        def __init__(self, given: tuple[str, int], handler: type) -> None:
            super().__init__((address, given[1]), handler)

    return Reachable


def _postgres(home: object, network: Network) -> str:
    """A PostgreSQL that the network's computers reach, as a team's own server would be."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(cluster.SETTINGS, "listen_addresses", network.address)
        here = cluster.Cluster.of(home)
        here.folder.mkdir(parents=True, mode=0o700)
        here.create(durable=False)
        with (here.data / "pg_hba.conf").open("a") as rules:
            rules.write(f"\nhost all all {network.net}.0/24 trust\n")
        _first_rule(here)
        embedded.start(home, durable=False)
    return f"postgresql://{cluster.SUPERUSER}@{network.address}:{cluster.PORT}/{embedded.DATABASE}"


def _first_rule(here: cluster.Cluster) -> None:
    """PostgreSQL takes the first rule that fits, and the embedded one's own refuses every other computer."""
    rules = here.data / "pg_hba.conf"
    lines = rules.read_text().splitlines()
    rules.write_text("\n".join([lines[-1], *lines[:-1]]) + "\n")


def test_a_killed_computers_work_is_taken_over(hall: Hall) -> None:
    """Killed hard in mid-collection: its run is marked as Crashed and run again on the other one; nothing is lost, and
    nothing is there twice. While it lived, nobody else could collect the same.
    """
    with connected(hall.settings, hall.api_url) as prefect:
        run = under_way(prefect, hall.servers)
    one = hall.at_work()
    (other,) = set(hall.workers) - {one}
    refused = hall.workers[other].rollcall("collect", "--campaign", "lanterns", "--platform", "mastodon")
    assert refused.returncode == 1
    assert "Somebody else is loading mastodon for the campaign lanterns right now." in " ".join(
        (refused.stdout + refused.stderr).split()
    )
    assert hall.at_work() == one
    hall.network.kill(one)
    hall.servers.faults.clear()
    died, heir = settled(hall.settings, hall.api_url)
    assert (died.id, died.state_name, heir.state_name) == (run.id, "Crashed", "Completed")
    hosts = asked(hall.database_url, "select host, state from core.run where verb = 'daily' order by started_at")
    assert hosts == [(one, "died"), (other, "completed")]
    same_rows(hall.database_url, hall.calm)
    with connected(hall.settings, hall.api_url) as prefect:
        assert prefect.read_global_concurrency_limit_by_name("rollcall-lanterns").active_slots == 0
    hall.workers[one].serve("--join", hall.api_url)


def test_a_computer_that_is_cut_off_is_let_go(hall: Hall) -> None:
    """Its cable is pulled, no farewell reaches anybody. Within minutes its lock is free; the other one does it all."""
    begin_anew(hall.database_url, "rollcall", "base")
    before = len(settled(hall.settings, hall.api_url))
    with connected(hall.settings, hall.api_url) as prefect:
        run = under_way(prefect, hall.servers)
    one = eventually(hall.at_work, 10)
    hall.network.pull(one)
    hall.servers.faults.clear()
    died, heir = settled(hall.settings, hall.api_url)[before:]
    assert (died.id, died.state_name, heir.state_name) == (run.id, "Crashed", "Completed")
    same_rows(hall.database_url, hall.calm)
