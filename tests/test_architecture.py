"""The house keeps its own rules: who may import whom, who reads the environment, how long things may get."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parent.parent
PACKAGES = ("flows", "connectors", "warehouse", "dbt_like_sql", "reports", "sandbox")
SLOW_TO_IMPORT = ("prefect", "dbt", "great_expectations")

FILE_BUDGET, FUNCTION_BUDGET = 400, 60


def sources() -> Iterator[Path]:
    for package in PACKAGES:
        yield from (ROOT / package).rglob("*.py")


def test_imports_go_one_way(capsys: pytest.CaptureFixture[str]) -> None:
    """Every contract of pyproject's [tool.importlinter] is kept."""
    failed = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True)
    assert not failed, capsys.readouterr().out


def test_every_module_can_be_imported_first() -> None:
    """No module needs another to have been imported before it: no circle hides behind the order of imports."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sources() if path.stem[0] not in "_0"]
    code = """
import sys
from importlib import import_module
for name in sys.argv[1:]:
    for known in [known for known in sys.modules if known.partition(".")[0] in ("warehouse", "connectors")]:
        del sys.modules[known]
    import_module(name)
"""
    names = [name for name in names if name.startswith(("connectors.", "warehouse.")) and ".migrations." not in name]
    ended = subprocess.run([sys.executable, "-c", code, *names], cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr


def test_only_the_settings_read_the_environment() -> None:
    """os.environ, os.getenv and os.putenv appear in flows/settings.py and nowhere else."""
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--select", "TID251", *PACKAGES]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["status", "--help"], ["collect", "--help"], ["import", "--help"]])
def test_the_command_line_starts_light(arguments: list[str]) -> None:
    """Asking for help imports neither Prefect nor dbt nor Great Expectations."""
    script = f"""
import atexit, sys
atexit.register(lambda: print("LOADED", *(name for name in {SLOW_TO_IMPORT} if name in sys.modules)))
sys.argv = ["rollcall", *{arguments}]
from flows.cli import main
main()
"""
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    assert told.stdout.splitlines()[-1].split() == ["LOADED"]


def test_files_stay_short() -> None:
    """No file is longer than its budget."""
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in sources()}
    assert {str(path): lines for path, lines in lengths.items() if lines > FILE_BUDGET} == {}


def test_functions_stay_short() -> None:
    """No function is longer than its budget."""
    too_long = {
        f"{path.relative_to(ROOT)}:{node.name}": node.end_lineno - node.lineno + 1
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.end_lineno is not None
        and node.end_lineno - node.lineno >= FUNCTION_BUDGET
    }
    assert too_long == {}


def test_no_other_distribution_owns_our_packages() -> None:
    """Nothing installed brings a package of one of our names: pip would let it overwrite ours in silence."""
    owners = packages_distributions()
    others = {name: set(owners.get(name, [])) - {"rollcall-campaigns"} for name in PACKAGES}
    assert not any(others.values()), others


def test_tests_are_no_packages() -> None:
    """A tests/connectors/__init__.py would make that folder be `connectors`."""
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_the_wheel_holds_everything_the_packages_need(tmp_path: Path) -> None:
    """SQL, seeds, templates and reference data are installed with the code."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    held = set(zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist())
    tracked = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode != 0:
        pytest.skip("not a git checkout, so there is no list of the project's own files")
    assert [path for path in tracked.stdout.splitlines() if path not in held] == []
