"""The evidence stage: walk a chain, draw it, sign it, or hold its signatures against keys."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from toolkit import __version__
from toolkit.errors import WrongSettings
from toolkit.evidence.chain import Chain
from toolkit.evidence.page import page
from toolkit.evidence.signing import SignedNow, SigningKey, public_key, sign, signing_key, verified
from toolkit.evidence.walk import walk
from toolkit.files import Outputs, Written

FROM_ENVIRONMENT = "env:"


@dataclass(frozen=True, slots=True)
class EvidenceSettings:
    """What to walk from, the page to write, the secret key to sign with or the public keys to look for.

    ``sign`` is the path of a minisign key file, or ``env:NAME`` for a variable that holds what such a file does;
    ``verify`` are paths of public keys, or their base64. ``password`` is asked for an encrypted secret key.
    """

    file: Path
    page: Path | None = None
    sign: str = ""
    verify: tuple[str, ...] = ()
    password: Callable[[], str] = str
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)


@dataclass(frozen=True, slots=True)
class EvidenceResult:
    """The chain as it was found, what was signed, and the page that was written."""

    chain: Chain
    signed: SignedNow | None = None
    written: tuple[Written, ...] = ()
    notes: tuple[str, ...] = ()


def run(settings: EvidenceSettings, outputs: Outputs, now: float) -> EvidenceResult:
    """Walk the chain; begin the page and the signatures (``now``, Unix seconds, stands in these).

    InputRefused when nothing describes the file, or when a broken chain is to be signed; WrongSettings when a key is
    none, or the page would be written over a file of the chain.
    """
    keys = tuple(public_key(each) for each in settings.verify)
    signer = _signer(settings) if settings.sign else None
    chain = walk(settings.file)
    if keys:
        chain = verified(chain, keys)
    signed = sign(chain, signer, outputs, now) if signer else None
    written: tuple[Written, ...] = ()
    if settings.page:
        _check_page(settings.page, chain)
        outputs.write(settings.page, page(chain, __version__))
        written = (Written(settings.page, None),)
    return EvidenceResult(chain, signed, written, _notes(settings))


def _check_page(place: Path, chain: Chain) -> None:
    if place.suffix.lower() not in (".html", ".htm"):
        raise WrongSettings(f"--html writes an HTML page, and {place} is not called so", hint="call it evidence.html")
    if place.resolve() in {Path(each.path).resolve() for each in chain.links}:
        hint = "name another file with --html; nothing was changed"
        raise WrongSettings(f"{place} is a file of this chain and would be written over", hint=hint)


def _signer(settings: EvidenceSettings) -> SigningKey:
    named = settings.sign
    if named.startswith(FROM_ENVIRONMENT):
        content = settings.environment.get(named.removeprefix(FROM_ENVIRONMENT), "").encode()
        return signing_key(content, named, settings.password)
    try:
        content = Path(named).read_bytes()
    except OSError as error:
        # What was given may be the key itself, by mistake: it is not repeated.
        hint = "--sign takes the name of a key file, or env:NAME; never the key itself"
        raise WrongSettings(f"the key file can't be read: {error.strerror}", hint=hint) from None
    return signing_key(content, named, settings.password)


def _notes(settings: EvidenceSettings) -> tuple[str, ...]:
    path = Path(settings.sign)
    if settings.sign and path.is_file() and path.stat().st_mode & 0o077:
        return (f"{path} can be read by others: chmod 600 {path}",)
    return ()
