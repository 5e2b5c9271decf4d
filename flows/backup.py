"""The Prefect flow `backup`, of the house and not of a campaign. The work is `flows.steps.backup`.

There is no flow that restores: that is a decision, and who was erased since must not pass through Prefect.
"""

import logging

from prefect import State, flow
from prefect.artifacts import create_table_artifact
from prefect.states import Completed

from flows.artifacts import shown
from flows.logs import hide
from flows.runs import OURS, plainly, run_name
from flows.settings import Settings
from flows.steps import backup as steps
from flows.steps.warehouse import now
from warehouse.backup import KEEP, Made, in_words


@flow(name="backup", flow_run_name=run_name, timeout_seconds=2 * 3600, persist_result=False)
def backup(keep: int = KEEP) -> State:
    """Write a backup of the warehouse into ROLLCALL_HOME/backups, read it again, and let old ones go.

    Args:
        keep: How many backups stay; the newest always does.
    """
    return plainly(_backup, keep)


def _backup(keep: int) -> State:
    settings = Settings.from_environment()
    hide(settings.secrets)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    with steps.told_of_failures(settings):
        made = steps.back_up(settings, number=keep)
    _show(settings, made)
    told = made.backup.manifest
    return Completed(
        message=f"{sum(told.tables.values()):,d} rows in {in_words(told.dump_bytes)}, read again and whole. "
        f"{steps.left_out_in_words(told.left_out)}".rstrip()
    )


def _show(settings: Settings, made: Made) -> None:
    """One row per table, under what there is and how old; counts only."""
    told = made.backup.manifest
    rows = [{"table": table, "rows": number} for table, number in told.tables.items()]
    description = (
        f"## The backup of {told.taken_at:%Y-%m-%d %H:%M} UTC\n\n{in_words(told.dump_bytes)}, {len(told.tables)} "
        f"tables. {len(made.removed)} older ones went. {steps.age_in_words(settings, now())} "
        f"{steps.left_out_in_words(told.left_out)}"
    )
    shown(create_table_artifact, rows, key="backup", description=description)
