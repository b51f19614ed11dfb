"""What the certificates of a chain say, read again from their DER."""

from scanners.certificate.facts import certificate_facts
from scanners.rereading.reading import Account, Material, Reading, Unread
from secaudit.core.canonical import canonical_json, sha256_hex


def reread(material: Material) -> Reading:
    """Compare a ``certificate.chain`` observation with the certificates that were kept.

    What differs is named like ``chain.0.not_after``.
    """
    kept = {sha256_hex(content): content for content in material.evidence}
    data = material.data
    account = Account(data)
    for index, told in enumerate(data["chain"]):
        content = kept.get(told["sha256"])
        if content is None:
            account.check(f"chain.{index}", borne_out=False)
            continue
        facts = certificate_facts(content)
        for key, value in told.items():
            if key in facts:
                borne_out = canonical_json(facts[key]) == canonical_json(value)
                account.check(f"chain.{index}.{key}", borne_out=borne_out)
    account.check("chain", borne_out=True)
    if data["length"] > len(data["chain"]):
        account.leave(Unread.CUT_OFF, "length")
    else:
        account.same("length", len(data["chain"]))
    account.leave(Unread.CONNECTION, "problem", "alert", "staple_problem", "protocol")
    account.leave_rest(Unread.ELSEWHERE)
    return account.reading()
