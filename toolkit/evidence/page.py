"""stub"""

from toolkit.evidence.chain import Chain


def page(chain: Chain, version: str) -> bytes:  # noqa: ARG001 - to come
    """Stub."""
    return b""
