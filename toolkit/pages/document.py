"""One HTML file that needs nothing else, out of a body, data and scripts. Pure.

The page forbids itself every connection, and every script but those that were written into it
(Content-Security-Policy with their hashes).
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from toolkit.pages.look import STYLE, WATCH
from toolkit.pages.parts import Html, data_block, html


def document(title: str, body: Html, data: Mapping[str, Any], scripts: Sequence[str], style: str = "") -> str:
    """Write a page: ``data`` is put into it by id as JSON, ``scripts`` run in their order when all of it is there.

    A script ends its lines in ``\\n``, as a browser hashes them. ``style`` is added to that of all pages.
    """
    blocks = (
        f'<script type="application/json" id="{name}">{data_block(value)}</script>' for name, value in data.items()
    )
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{_policy((WATCH, *scripts))}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{html(title)}</title>\n<style>\n{STYLE}\n{style}</style>",
            f"<script>{WATCH}</script>\n</head>\n<body>\n{body}",
            *blocks,
            *(f"<script>{each}</script>" for each in scripts),
            "</body>\n</html>\n",
        ]
    )


def _policy(scripts: Sequence[str]) -> str:
    """Allow these scripts alone, and no connection at all; scripts may write styles."""
    hashes = (base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts)
    allowed = " ".join(f"'sha256-{each}'" for each in hashes)
    return f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
