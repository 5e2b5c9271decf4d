"""How dbt gets to the warehouse: by all that the database's address says, and by nothing else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from sqlalchemy.engine import make_url

from warehouse import transform
from warehouse.errors import DatabaseUnavailable

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # from the libraries that dbt imports
]


def test_dbt_connects_as_the_address_says_and_reads_no_stray_file(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Certificates and timeouts too; what the address does not say is left to libpq. A `.env` here is somebody's."""
    (tmp_path / ".env").write_text("PLANTED_IN_A_FILE=1\nPGAPPNAME=planted\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PLANTED_IN_A_FILE", raising=False)
    asked: list[dict[str, Any]] = []
    connect = psycopg2.connect
    monkeypatch.setattr(psycopg2, "connect", lambda *a, **given: asked.append(given) or connect(*a, **given))
    said = {"sslmode": "allow", "sslrootcert": "/nowhere/root.crt", "connect_timeout": "7", "keepalives_idle": "60"}
    url = make_url(database_url).update_query_dict(said).render_as_string(hide_password=False)
    where = ("--project-dir", str(transform.PROJECT), "--profiles-dir", str(transform.PROJECT))
    with transform._environment(transform._connection_settings(url)):
        from dbt.cli.main import dbtRunner

        outcome = dbtRunner().invoke(["--quiet", "--log-path", str(tmp_path), "debug", "--connection", *where])
    assert outcome.success
    wanted = {"sslmode": "allow", "sslrootcert": "/nowhere/root.crt", "connect_timeout": 7, "keepalives_idle": 60}
    assert {name: asked[-1].get(name) for name in wanted} == wanted
    assert "sslcert" not in asked[-1]
    assert "PLANTED_IN_A_FILE" not in os.environ
    assert "PYTHON_DOTENV_DISABLED" not in os.environ


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("postgresql://me:planted@db.example/w?options=-cwork_mem%3D5MB", "says options,.*PGOPTIONS"),
        ("postgresql://me:planted@db.example/w?channel_binding=require&sslmode=require", "says channel_binding,"),
        ("postgresql://me:planted@/w?host=one.example,two.example", "several hosts"),
    ],
)
def test_what_dbt_cannot_be_told_is_said(address: str, told: str, tmp_path: Path) -> None:
    """In a sentence, before anything is tried, and without the password."""
    with pytest.raises(DatabaseUnavailable, match=told) as raised:
        transform.run_dbt(["debug"], address, tmp_path)
    assert "planted" not in str(raised.value)
