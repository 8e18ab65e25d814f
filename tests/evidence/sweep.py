"""Every byte of every descriptor changed in turn, and every 97th of every file: ``python -m tests.evidence.sweep``.

Each time the walk must name the one that was changed, and no other.
"""

import sys
import tempfile
from contextlib import chdir
from pathlib import Path

from tests.evidence.test_chain import each_once, unsound
from tests.evidence.whole_way import flipped, make
from toolkit.evidence.chain import LinkKind, LinkState
from toolkit.evidence.walk import walk

STEP = 97


def main() -> int:
    """Say how many bytes were changed, and which of them were not found."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        make(Path(folder))
        tried, missed = 0, []
        for head, path, kind in list(each_once()):
            size = Path(path).stat().st_size
            places = range(0, max(size, 1), 1 if kind is LinkKind.DESCRIPTOR else max(STEP, size // 200))
            for place in places:
                tried += 1
                with flipped(Path(path), place):
                    if unsound(walk(Path(head))) != {path: LinkState.CHANGED}:
                        missed.append(f"{path}: byte {place}")
            print(f"{path}: {len(places):,} bytes", file=sys.stderr)
    print("\n".join([*missed, f"{tried:,} bytes changed, {len(missed)} not found and named"]))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
