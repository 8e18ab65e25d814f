"""The rules of the house that imports can show (docs/architecture.md)."""

import ast
import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import toolkit

PACKAGE = Path(toolkit.__file__).parent
CORE = (
    "company.py", "company_cells.py", "check/finding.py",
    "durations.py", "leaving.py", "plan/leavers.py",
    "documents.py", "errors.py", "exchange.py", "flat.py", "guess.py", "one_line.py", "operation.py", "progress.py",
    "salesforce/report.py", "front/changes.py", "front/plain.py", "front/protocol.py", "front/state.py",
    "plan/compile.py", "plan/guards.py", "plan/unlike.py", "plan/matching.py", "plan/members.py",
    "replay/interpret.py", "diff/compare.py", "diff/pairing.py",
    "diff/columns.py", "diff/limits.py", "diff/picking.py", "diff/rules.py", "diff/sift.py",
    "contacts/dates.py", "contacts/expressions.py", "contacts/frame.py", "contacts/gathered.py",
    "contacts/identity.py", "contacts/import_file.py", "contacts/mapping_notes.py", "contacts/mapping_values.py",
    "contacts/rows.py", "contacts/sql.py", "contacts/sure.py", "contacts/values.py", "schema_failures.py",
    "contacts/mapping.py", "contacts/mapping_file.py", "contacts/normalise.py", "contacts/operations.py",
    "contacts/phone_plans.py", "contacts/phones.py", "contacts/rejects.py", "contacts/sorting.py",
    "contacts/templates.py", "contacts/wanted.py", "inspect/advice.py", "inspect/form.py", "inspect/kinds.py",
    "inspect/readings.py",
    "inspect/result.py", "inspect/show.py", "plan/fields.py", "replay/steps.py", "replay/contact_steps.py",
    "replay/order.py", "replay/selection.py", "replay/rebase.py", "replay/signs.py", "replay/payloads.py",
    "replay/list_steps.py", "replay/account_steps.py", "front/accounts.py", "salesforce/cells.py",
    "salesforce/paging.py", "salesforce/bulk.py", "salesforce/soql.py", "tables/cells.py", "tables/formulas.py",
    "tables/preamble.py",
    "contacts/amounts.py", "contacts/cleaned.py", "contacts/links.py", "contacts/locales.py", "contacts/names.py",
    "tables/sniffing.py", "start/vocabulary.py", "start/recognise.py", "start/choices.py", "start/fields.py",
    "start/propose.py", "start/write.py",
    "evidence/chain.py", "evidence/layout.py", "evidence/page.py", "evidence/picture.py",
    "codes.py", "shares.py", "pacing/budget.py", "pacing/retry.py", "pacing/tiers.py", "pacing/windows.py",
    "replay/history.py",
    "rollback/compile.py", "rollback/contacts.py", "rollback/doubt.py", "rollback/fewest.py", "rollback/groups.py",
    "rollback/values.py", "rollback/work.py",
    "rules/conditions.py", "rules/outcome.py", "rules/people.py", "rules/where.py",
    "contacts/statistics.py", "contacts/page.py", "contacts/page_plots.py", "contacts/page_sections.py",
    "pages/document.py", "pages/look.py", "pages/parts.py",
    "diff/batches.py", "diff/findings.py", "diff/page_look.py", "diff/page_script.py", "diff/sheet_rows.py",
)  # fmt: skip
BARRED_IN_CORE = {"httpx", "click", "os", "pathlib", "time", "random", "logging", "sqlite3", "subprocess"}
MAY_WRITE = {
    "files.py",
    "diff/spreadsheet.py",  # parts of a zip in memory, no file
    "sandbox/store.py",  # the sandbox's own database
    "tables/encoding.py",  # a copy in UTF-8 for polars, gone when the file is read
}


def imports(path: Path) -> set[str]:
    """Name the modules that a file imports, at its top or inside a function."""
    return imported(path.read_text(encoding="utf-8"))


@functools.cache
def imported(source: str) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def reached(where: str, known: dict[str, set[str]], seen: set[str]) -> Iterator[tuple[str, str]]:
    """Give every import of a module and of the modules of ours that it imports; ``known`` are the imports of all."""
    if where in seen:
        return
    seen.add(where)
    for name in known[where]:
        yield where, name
        if name.startswith("toolkit."):
            inner = name.removeprefix("toolkit.").replace(".", "/")
            for found in (f"{inner}.py", f"{inner}/__init__.py"):
                if found in known:
                    yield from reached(found, known, seen)


def violations(root: Path) -> list[str]:
    """List what breaks a rule in the tree below ``root``."""
    found, known = [], {path.relative_to(root).as_posix(): imports(path) for path in root.rglob("*.py")}
    for core in CORE:
        for where, name in reached(core, known, set()):
            if name.split(".")[0] in BARRED_IN_CORE and where != "schemas.py":
                found.append(f"{core} reaches {name} in {where}")
    for where, names in known.items():
        tops = {name.split(".")[0] for name in names}
        if "click" in tops and not where.startswith("cli/"):
            found.append(f"{where} imports click")
        if "httpx" in tops and where != "http.py":
            found.append(f"{where} imports httpx")
        if any(name.startswith("toolkit.cli") for name in names) and not where.startswith(("cli/", "__main__")):
            found.append(f"{where} imports the command line")
    return sorted(set(found))


def test_the_tree_keeps_the_rules():
    """No core module reaches a barred library, click stays in cli/, httpx in http.py, nothing imports cli/."""
    assert violations(PACKAGE) == []


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package: whoever breaks it mends it again."""
    root = tmp_path_factory.mktemp("copied") / "toolkit"
    shutil.copytree(PACKAGE, root, ignore=shutil.ignore_patterns("__pycache__", "_data"))
    return root


@pytest.mark.parametrize("core", CORE)
def test_a_core_module_that_imports_httpx_is_found(core: str, copied: Path):
    """The check fails for every core module in turn when it imports httpx."""
    broken = copied / core
    whole = broken.read_text()
    broken.write_text(f"{whole}\nimport httpx\n")
    try:
        found = violations(copied)
    finally:
        broken.write_text(whole)

    assert f"{core} imports httpx" in found
    assert f"{core} reaches httpx in {core}" in found


def test_only_files_opens_a_file_for_writing():
    """No module but files.py calls open() with a writing mode, write_text, write_bytes and their like."""
    found = [
        f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and _writes(node) and path.relative_to(PACKAGE).as_posix() not in MAY_WRITE
    ]

    assert found == []


def _writes(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if isinstance(call.func, ast.Attribute) and name in {"write_text", "write_bytes", "mkstemp"}:
        return True
    modes = [*call.args, *(word.value for word in call.keywords if word.arg == "mode")]
    texts = [each.value for each in modes if isinstance(each, ast.Constant) and isinstance(each.value, str)]
    return name == "open" and any(text.strip("bt+") in {"w", "a", "x"} for text in texts)
