"""``python -m toolkit`` and the console script ``sf2front``."""

import gc

from toolkit.cli import cli


def main() -> None:
    """Run the command line; the exit code is one of toolkit.errors.ExitCode."""
    # Libraries make much while they load, none of it garbage: looking for some takes a twentieth of a short run.
    gc.set_threshold(50_000, 20, 20)
    cli(prog_name="sf2front")


if __name__ == "__main__":
    main()
