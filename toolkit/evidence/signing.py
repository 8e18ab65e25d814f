"""Signatures on descriptors, in minisign's format (ed25519): ``NAME.datapackage.json.minisig`` beside each.

A signature says that whoever holds a key found the chain unchanged and stands for it; a descriptor that was replaced
together with its files fits no signature. ``minisign -V`` checks them too. https://jedisct1.github.io/minisign/
"""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import minisign  # type: ignore[import-untyped] # ships no types

from toolkit.errors import InputRefused, WrongSettings
from toolkit.evidence.chain import Chain, Run, Signature, Signed
from toolkit.files import Outputs

SUFFIX = ".minisig"
_PUBLIC_HINT = "who signed has it: the file NAME.pub that was made together with the secret key"
_KEY_HINT = "a key of minisign is meant: make one with sf2front evidence --new-key NAME, or minisign -G"


@dataclass(frozen=True, slots=True)
class VerifyKey:
    """A public key, and how people call whose it is."""

    name: str
    key: minisign.PublicKey

    @property
    def id(self) -> str:
        """The key's id, as minisign writes it."""
        return _id(self.key.to_base64())


def _id(encoded: bytes) -> str:
    """Give the id out of the base64 of a key or signature: two bytes of algorithm, then eight of the id."""
    return f"{int.from_bytes(base64.b64decode(encoded)[2:10], 'little'):016X}"


def public_key(named: str) -> VerifyKey:
    """Read a public key: a file of minisign, or the key's own base64; WrongSettings when it is neither."""
    path = Path(named)
    try:
        if path.is_file():
            return VerifyKey(path.stem, minisign.PublicKey.from_bytes(path.read_bytes()))
        key = VerifyKey("", minisign.PublicKey.from_base64(named))
        return replace(key, name=f"key {key.id}")
    except (minisign.Error, OSError):
        raise WrongSettings(f"{named} is no public key of minisign, nor a file of one", hint=_PUBLIC_HINT) from None


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A secret key, ready to sign; it shows itself nowhere."""

    key: minisign.SecretKey

    @property
    def public(self) -> VerifyKey:
        """The public key that belongs to it."""
        public = self.key.get_public_key()
        return VerifyKey(f"key {_id(public.to_base64())}", public)


def signing_key(content: bytes, where: str, password: Callable[[], str]) -> SigningKey:
    """Read a secret key of minisign; ``password`` is asked only for one that is encrypted.

    WrongSettings, without a word of the key, when it is none, or the password is not the key's.
    """
    try:
        key = minisign.SecretKey.from_bytes(content.strip() + b"\n")
    except (minisign.Error, ValueError):
        raise WrongSettings(f"{where} holds no secret key of minisign", hint=_KEY_HINT) from None
    if key.is_encrypted():
        try:
            key.decrypt(password())
        except minisign.Error:
            raise WrongSettings(f"the password is not that of the key in {where}") from None
    return SigningKey(key)


def write_new_key(place: Path, password: str, outputs: Outputs) -> tuple[Path, Path, str]:
    """Begin ``PLACE.key`` (encrypted, unless the password is empty) and ``PLACE.pub``, and give them and the key's id.

    WrongSettings when one of them is there already: what it signed could never be signed so again.
    """
    secret, public = place.with_name(f"{place.name}.key"), place.with_name(f"{place.name}.pub")
    for path in (secret, public):
        if path.exists():
            raise WrongSettings(f"{path} is there already", hint="name another; keys are not written over")
    pair = minisign.KeyPair.generate()
    key_id = _id(pair.public_key.to_base64())
    pair.public_key.untrusted_comment = f"minisign public key {key_id}"
    with pair.secret_key as key:
        if password:
            key.encrypt(password)
        outputs.write(secret, bytes(key) + b"\n")
    outputs.write(public, bytes(pair.public_key) + b"\n")
    return secret, public, key_id


@dataclass(frozen=True, slots=True)
class SignedNow:
    """Which descriptors were signed, which had been signed by this key, and which carry somebody else's signature."""

    signed: tuple[str, ...]
    before: tuple[str, ...]
    others: tuple[str, ...]


def sign(chain: Chain, signer: SigningKey, outputs: Outputs, now: float) -> SignedNow:
    """Begin a signature beside each descriptor of a chain; ``now`` (Unix seconds) stands in them.

    InputRefused when the chain is broken, or a signature there doesn't fit: nobody should stand for that unawares.
    """
    if not chain.intact:
        hint = f"sf2front evidence {chain.asked} names what was changed; nothing was signed"
        raise InputRefused(f"the chain of {chain.asked} is broken", hint=hint)
    signed, before, others = [], [], []
    for run in chain.runs:
        found = _found(run, [signer.public])
        if found.state is Signed.BY_KEY:
            before.append(run.descriptor)
        elif found.state is Signed.BY_OTHER:
            others.append(run.descriptor)
        elif found.state is Signed.BROKEN:
            hint = (
                "was that stage run again on purpose? Then remove the old signature, and sign. Nothing was signed now"
            )
            raise InputRefused(f"{run.descriptor}{SUFFIX} does not fit its descriptor: {found.said}", hint=hint)
        else:
            signed.append(run.descriptor)
            outputs.write(_place(run), _signature(Path(run.descriptor), signer, now))
    return SignedNow(tuple(signed), tuple(before), tuple(others))


def _signature(descriptor: Path, signer: SigningKey, now: float) -> bytes:
    name = descriptor.name.encode("unicode_escape").decode("ascii")
    trusted = f"timestamp:{int(now)}\tfile:{name}\thashed"
    content = descriptor.read_bytes()
    made = signer.key.sign(content, untrusted_comment="signature of a descriptor of sf2front", trusted_comment=trusted)
    return bytes(made) + b"\n"


def verified(chain: Chain, keys: Sequence[VerifyKey]) -> Chain:
    """Say of each descriptor whether one of ``keys`` has signed it."""
    return replace(chain, runs=tuple(replace(run, signature=_found(run, keys)) for run in chain.runs))


def _place(run: Run) -> Path:
    return Path(run.descriptor + SUFFIX)


def _found(run: Run, keys: Sequence[VerifyKey]) -> Signature:
    """Look at the signature of one descriptor. A key is tried only where its id is the one that signed."""
    try:
        content, written = Path(run.descriptor).read_bytes(), _place(run).read_bytes()
    except OSError:
        return Signature(Signed.NOT)
    try:
        signature = minisign.Signature.from_bytes(written)
    except (minisign.Error, ValueError):
        return Signature(Signed.BROKEN, said="it can't be read")
    key_id = _id(bytes(signature).splitlines()[1])
    key = next((each for each in keys if each.id == key_id), None)
    if key is None:
        return Signature(Signed.BY_OTHER, f"key {key_id}")
    try:
        key.key.verify(content, signature)
    except minisign.VerifyError:
        return Signature(Signed.BROKEN, key.name, "the descriptor was changed since, or the signature was")
    return Signature(Signed.BY_KEY, key.name, _when(signature.trusted_comment))


def _when(comment: str) -> str:
    """Write the signer's time out of the comment that the signature covers."""
    seconds = next((each[10:] for each in comment.split("\t") if each.startswith("timestamp:")), "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 11):
        return ""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
