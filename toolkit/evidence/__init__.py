"""Evidence: what each stage leaves beside its files, the walk back through it, and signatures on it.

A descriptor is a Data Package (v2): each file with its bytes, hash, rows and fields; and under ``sf2front`` the
stage, the tool's version, the command, the inputs with their hashes and those of their descriptors, the counts and
the times, sealed with a hash of the whole. It is called ``NAME.datapackage.json`` beside the stage's first file,
``datapackage.json`` where a folder is the stage's own. docs/evidence.md says what all this proves.
"""

from toolkit.evidence.descriptor import Provenance, attach
from toolkit.evidence.package import (
    FOLDER_DESCRIPTOR,
    Input,
    descriptor_beside,
    inputs_of,
    source_of,
    stage_of,
    taken,
    times_of,
    told_of,
)

__all__ = [
    "FOLDER_DESCRIPTOR",
    "Input",
    "Provenance",
    "attach",
    "descriptor_beside",
    "inputs_of",
    "source_of",
    "stage_of",
    "taken",
    "times_of",
    "told_of",
]
