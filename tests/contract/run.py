"""``make contract SPEC=FILE``: schemathesis on a sandbox of its own, with Front's OpenAPI description.

python -m tests.contract.run FILE [options of `schemathesis run`]
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from tests.contract.mending import MADE
from toolkit.sandbox.config import SandboxSettings
from toolkit.sandbox.serve import running

HERE = Path(__file__).parent
PATHS = "^/(contacts|contact_lists|accounts|me)(/(?!.*(notes|conversations)).*)?$"
OPTIONS = ("--phases", "examples,coverage,fuzzing", "--include-path-regex", PATHS, "--no-color")


def run(description: Path, *options: str) -> int:
    """Test a sandbox without a rate limit, give schemathesis's exit code: 0 when it found nothing."""
    with tempfile.TemporaryDirectory() as folder, running(SandboxSettings(config=HERE / "sandbox.yaml")) as sandbox:
        _furnish(sandbox.url)
        told = [f"--url={sandbox.url}", "--header=Authorization: Bearer sandbox", *OPTIONS, *options]
        command = [
            sys.executable,
            "-m",
            "schemathesis.cli",
            f"--config-file={HERE / 'schemathesis.toml'}",
            "run",
            str(description.resolve()),
            *told,
        ]
        paths = os.pathsep.join([str(HERE.parents[1]), os.environ.get("PYTHONPATH", "")])
        environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.contract.mending", "PYTHONPATH": paths}
        return subprocess.run(command, cwd=folder, env=environment, check=False).returncode


def _furnish(url: str) -> None:
    """Make contacts, lists and accounts, so that more than 404 is seen."""
    with httpx.Client(base_url=url, headers={"Authorization": "Bearer sandbox"}) as client:
        for number in range(MADE):
            handle = {"source": "email", "handle": f"person{number}@example.com"}
            body = {"handles": [handle], "list_names": [f"List {number}"]}
            client.post("/contacts", json=body).raise_for_status()
            client.post("/accounts", json={"name": f"Company {number}"}).raise_for_status()


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), *sys.argv[2:]))
