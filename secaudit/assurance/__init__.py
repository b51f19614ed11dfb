"""What people assure on top of the evidence: attestations, the SoA, programmes, obligations."""
