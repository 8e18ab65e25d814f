"""``sf2front sandbox``: a local Salesforce and Front."""

from pathlib import Path

import click

from toolkit.cli.shared import FILE, NEW_FILE, say, shared_options
from toolkit.sandbox.config import SandboxSettings, load
from toolkit.sandbox.serve import run


@click.command("sandbox")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1. Default: a free one.")
@click.option("--state", type=NEW_FILE, help="SQLite file that keeps Front's state. Default: in memory.")
@click.option("--config", type=FILE, help="Company, custom fields, rate limit, reports (samples/sandbox.yaml).")
@click.option("--log", type=NEW_FILE, help="Append a line of NDJSON for each request; there is no token in it.")
@shared_options
def command(port: int, state: Path | None, config: Path | None, log: Path | None) -> None:
    """Serve a Salesforce and a Front of your own on 127.0.0.1, for rehearsal and tests, until Ctrl-C.

    Front is at the root (/contacts …), Salesforce under /services. What it prints on stdout sets a shell up to
    use it.

    \b
      sf2front sandbox --port 8765 --state sandbox.sqlite --log requests.ndjson
    """
    settings = SandboxSettings(port, state, config, log)
    tokens = load(config)
    say("This is a sandbox: a rehearsal on this machine alone. Nothing goes to Salesforce or to Front. Ctrl-C ends it.")

    def ready(url: str) -> None:
        click.echo(f"export SF2FRONT_FRONT_URL={url}")
        click.echo(f"export SF2FRONT_FRONT_TOKEN='{tokens.front.token}'")
        click.echo(f"export SF2FRONT_SALESFORCE_URL={url}")
        click.echo(f"export SF2FRONT_SALESFORCE_TOKEN='{tokens.salesforce.session}'")
        say(f"the sandbox is ready at {url}; tabular report 00O000000000001AAA")

    run(settings, ready)
