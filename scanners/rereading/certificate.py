"""What the certificates of a chain say, read again from their DER."""

from collections.abc import Mapping, Sequence
from typing import Any

from scanners.certificate.facts import certificate_facts
from secaudit.core.canonical import canonical_json, sha256_hex


def reread(data: Mapping[str, Any], evidence: Sequence[bytes]) -> list[str]:
    """Compare the data of a ``certificate.chain`` observation with the certificates kept.

    Returns the names of the facts that differ, such as ``chain.0.not_after``.
    """
    kept = {sha256_hex(content): content for content in evidence}
    differing = []
    for index, told in enumerate(data["chain"]):
        content = kept.get(told["sha256"])
        if content is None:
            differing.append(f"chain.{index}")
            continue
        facts = certificate_facts(content)
        differing += [
            f"chain.{index}.{key}"
            for key, value in told.items()
            if key in facts and canonical_json(facts[key]) != canonical_json(value)
        ]
    return differing
