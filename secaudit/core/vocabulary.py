"""The closed lists of words that every room shares."""

from enum import StrEnum


class Severity(StrEnum):
    """How bad a failed check is, worst first when sorted by ``rank``."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for critical, 4 for info."""
        return list(Severity).index(self)


class Outcome(StrEnum):
    """What a check says about a subject. Inconclusive is not passed; not reached is not fixed."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    NOT_REACHED = "not_reached"
    NOT_APPLICABLE = "not_applicable"
    ERROR = "error"


class Reason(StrEnum):
    """Why an outcome is what it is, or why something was refused or not answered."""

    OBSERVED = "observed"
    """The facts were seen and decide the outcome."""
    PORT_CLOSED = "port_closed"
    PORT_FILTERED = "port_filtered"
    """The host answers elsewhere, this port stays silent."""
    NO_ANSWER = "no_answer"
    """Nothing at all came back from the host."""
    TIMED_OUT = "timed_out"
    CONNECTION_REFUSED = "connection_refused"
    CONNECTION_RESET = "connection_reset"
    CONNECTION_CLOSED = "connection_closed"
    UNREACHABLE = "unreachable"
    PROTOCOL_MISMATCH = "protocol_mismatch"
    """The peer speaks another protocol than the one asked about."""
    MALFORMED_ANSWER = "malformed_answer"
    LIMIT_EXCEEDED = "limit_exceeded"
    """The peer sent more bytes, or took more time, than a probe reads."""
    UNPARSABLE_CERTIFICATE = "unparsable_certificate"
    NOT_OFFERED = "not_offered"
    """The subject lacks the feature that the check is about."""
    TLS_REFUSED = "tls_refused"
    """The service knows STARTTLS, and did not go over to TLS when it was asked to."""
    CLIENT_CERTIFICATE = "client_certificate"
    """The service goes on only with clients that show a certificate; we have none."""
    NO_OBSERVATION = "no_observation"
    """Nothing was observed that the check could judge."""
    TOOL_MISSING = "tool_missing"
    PROBE_FAILED = "probe_failed"
    OUT_OF_SCOPE = "out_of_scope"
    EXCLUDED = "excluded"
    OUTSIDE_WINDOW = "outside_window"
    REVOKED = "revoked"
    CLASS_NOT_PERMITTED = "class_not_permitted"
    ZONE_NOT_PERMITTED = "zone_not_permitted"
    FORBIDDEN_PORT = "forbidden_port"
    """Ports 9100 to 9107 are never probed: printers print."""
    UNRESOLVED_NAME = "unresolved_name"


class ZoneKind(StrEnum):
    """What a zone holds. Operational technology is probed only where its zone says so."""

    IT = "it"
    IOT = "iot"
    OT = "ot"
    DC = "dc"


class ProbeClass(StrEnum):
    """What an authorisation permits. The first three are permitted unless it says otherwise."""

    DISCOVERY = "discovery"
    SERVICE = "service"
    TLS = "tls"
    """Cryptographic handshakes: of TLS, and SSH's up to the host key."""
    ANONYMOUS_ACCESS = "anonymous_access"
    """Published anonymous access: FTP anonymous, SNMP public, Redis without password."""
    OT = "ot"
    DNS = "dns"
    REVOCATION = "revocation"
    """OCSP and CRL fetches."""
    REDIRECT = "redirect"
    TIMESTAMP = "timestamp"


DEFAULT_PROBE_CLASSES = frozenset({ProbeClass.DISCOVERY, ProbeClass.SERVICE, ProbeClass.TLS})


class FindingState(StrEnum):
    """The life of a finding. Only a passing re-scan from the same zone verifies."""

    OPEN = "open"
    PLANNED = "planned"
    CLAIMED_FIXED = "claimed_fixed"
    VERIFIED = "verified"
    REOPENED = "reopened"
    ACCEPTED = "accepted"
    FALSE_POSITIVE = "false_positive"
    RETIRED = "retired"
    WITHDRAWN = "withdrawn"


class Relation(StrEnum):
    """What a check says about a requirement: its failure contradicts it, or only hints."""

    TESTS = "tests"
    TOUCHES = "touches"


class Standing(StrEnum):
    """What the evidence says about a requirement."""

    CONTRADICTED = "contradicted"
    SUPPORTED = "supported"
    SILENT = "silent"
    NEVER_TESTED = "never_tested"

    def shown(self, testability: "Testability") -> str:
        """Its code as people see it: what a scan tests in part is ``supported_in_part``."""
        if self is Standing.SUPPORTED and testability is not Testability.SCAN:
            return "supported_in_part"
        return self.value


class Testability(StrEnum):
    """What a scan can say about a requirement at all."""

    SCAN = "scan"
    SCAN_IN_PART = "scan_in_part"
    MANUAL = "manual"


class Modality(StrEnum):
    """The force of a provision's words, kept as the text has them."""

    WAJIB = "wajib"
    HARUS = "harus"
    PERLU = "perlu"
    DAPAT = "dapat"
    INDICATIVE = "indicative"


class Confidence(StrEnum):
    """How an entry was read."""

    TEXT_READ = "text_read"
    MIRROR_READ = "mirror_read"
    """The text was read, but on a third party's copy and not in the official gazette."""
    SECONDARY = "secondary"


class LegalStatus(StrEnum):
    """The standing of a catalogue or entry."""

    IN_FORCE = "in_force"
    DRAFT = "draft"
    COMPARISON = "comparison"
    SUPERSEDED = "superseded"
