"""Which warehouse a Prefect server's runs work in, noted there: a computer with another one must not judge its runs.

Whether a run is alive is told by locks in the warehouse. In another one they are all free, and living runs would be
declared dead.
"""

from contextlib import suppress

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import VariableCreate, VariableUpdate
from prefect.exceptions import ObjectAlreadyExists
from sqlalchemy import Engine

from flows.errors import ConfigurationError
from warehouse.backup import which

VARIABLE = "rollcall_warehouse"


def note(client: SyncPrefectClient, engine: Engine) -> None:
    """Say on the server which warehouse is ours: by whoever serves, whatever was said there before."""
    ours = _ours(engine)
    if _noted(client, ours) != ours:
        client.update_variable(VariableUpdate(name=VARIABLE, value=ours))


def refuse_another(client: SyncPrefectClient, engine: Engine) -> None:
    """Raises ConfigurationError if the server's runs work in another warehouse than ours.

    Where nobody has said it yet, as on a server that is not run by `rollcall serve`, it is ours from now on.
    """
    ours = _ours(engine)
    if _noted(client, ours) != ours:
        raise ConfigurationError(
            "The runs of this Prefect server work in another warehouse than the one of this computer's "
            "ROLLCALL_DATABASE_URL: set it to theirs. If it is theirs, because the team has a new warehouse, start "
            f"rollcall serve there again (without one: delete the variable {VARIABLE} on the server's page)."
        )


def _noted(client: SyncPrefectClient, otherwise: str) -> str:
    """What is noted there; if nothing is, `otherwise` is from now on."""
    if client.read_variable_by_name(VARIABLE) is None:
        with suppress(ObjectAlreadyExists):
            client.create_variable(VariableCreate(name=VARIABLE, value=otherwise))
    noted = client.read_variable_by_name(VARIABLE)
    return str(noted.value) if noted else otherwise


def _ours(engine: Engine) -> str:
    with engine.connect() as connection:
        return which(connection)
