"""``python -m toolkit`` and the console script ``sf2front``."""

from toolkit.cli import cli


def main() -> None:
    """Run the command line; the exit code is one of toolkit.errors.ExitCode."""
    cli(prog_name="sf2front")


if __name__ == "__main__":
    main()
