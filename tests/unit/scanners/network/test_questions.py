import struct

import pytest

from scanners.network.services import databases, platforms
from scanners.network.services.questions import QUESTIONS, TLS_PORTS, asked_anywhere, asked_first
from secaudit.core.authorisation import FORBIDDEN_PORTS


def test_requests_are_as_their_specifications_have_them() -> None:
    assert databases.POSTGRESQL_SSL_REQUEST.hex() == "0000000804d2162f"
    assert platforms.mqtt_connect(4).hex() == "101400044d5154540402001e00087365636175646974"
    assert platforms.ldap_starttls()[:2] == b"\x30\x1d"
    assert platforms.smb2_negotiate()[:8] == b"\0\0\0\x6a\xfeSMB"
    assert len(platforms.smb1_negotiate()) == 4 + 0x2F
    assert databases.mongodb_list_databases()[:4] == struct.pack("<i", 71)
    assert platforms.rpcbind_null()[:4] == b"\x80\0\0\x28"


def test_packets_that_carry_their_length_carry_the_right_one() -> None:
    oracle, mssql = databases.oracle_ping(), databases.mssql_prelogin()
    assert int.from_bytes(oracle[:2], "big") == len(oracle)
    assert oracle[58:].startswith(b"(CONNECT_DATA=")
    assert int.from_bytes(mssql[2:4], "big") == len(mssql)
    master = databases.mongodb_is_master()
    assert struct.unpack_from("<i", master)[0] == len(master)


@pytest.mark.parametrize(
    ("answer", "starttls"),
    [(b"S", True), (b"N", False), (b"E\0\0\0\x50SFATAL\0C0A000\0Munsupported\0\0", False)],
)
def test_postgresql_answers_with_one_letter(answer: bytes, starttls: bool) -> None:
    service = databases.read_postgresql(answer)
    assert service is not None
    assert (service.name, service.starttls) == ("postgresql", starttls)


@pytest.mark.parametrize(("encryption", "starttls"), [(0, True), (1, True), (2, False), (3, True)])
def test_sql_server_tells_version_and_encryption(encryption: int, starttls: bool) -> None:
    body = struct.pack(">BHH", 0, 11, 6) + struct.pack(">BHH", 1, 17, 1) + b"\xff"
    body += bytes([15, 0, 0x07, 0xD0, 0, 0, encryption])
    answer = struct.pack(">BBHHBB", 4, 1, 8 + len(body), 0, 1, 0) + body
    service = databases.read_mssql(answer)
    assert service is not None
    assert (service.version, service.starttls) == ("15.0.2000", starttls)


def mongodb_reply(*fields: bytes, code: int = 1) -> bytes:
    body = bytes(20) + b"".join(fields)
    return struct.pack("<iiii", 16 + len(body), 7, 1, code) + body


def test_mongodb_is_known_by_its_fields_and_its_refusal() -> None:
    assert databases.read_mongodb(mongodb_reply(b"\x08ismaster\0\x01")) is not None
    assert databases.read_mongodb(mongodb_reply(b"\x08other\0\x01")) is None
    listed = mongodb_reply(b"\x04databases\0\x05\0\0\0\0", code=2013)
    refused = mongodb_reply(b"\x02errmsg\0\x03\0\0\0no\0\x10code\0\x0d\0\0\0", code=2013)
    assert databases.read_mongodb_databases(listed) is True
    assert databases.read_mongodb_databases(refused) is False
    assert databases.read_mongodb_databases(mongodb_reply(b"x", code=2013)) is None


def test_oracle_refuses_a_ping_with_its_version() -> None:
    data = b"(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=0)(ALIAS=LISTENER))"
    body = b"\0\0" + struct.pack(">H", len(data)) + data
    answer = struct.pack(">HHBBH", 8 + len(body), 0, 4, 0, 0) + body
    service = databases.read_oracle(answer)
    assert service is not None
    assert (service.name, service.version) == ("oracle", "19.0.0.0.0")


@pytest.mark.parametrize(
    ("answer", "nla", "tls"),
    [
        ("030000130ed000001234000200080001000000", False, True),
        ("030000130ed000001234000300080005000000", True, True),
        ("030000130ed000001234000300080002000000", False, False),
        ("0300000b06d00000123400", False, False),
    ],
)
def test_rdp_tells_whether_the_user_must_be_known_first(answer: str, nla: bool, tls: bool) -> None:
    service = platforms.read_rdp(bytes.fromhex(answer))
    assert service is not None
    assert (service.facts, service.starttls) == ({"nla_required": nla}, tls)


@pytest.mark.parametrize(("mode", "required"), [(1, False), (3, True)])
def test_smb_tells_whether_signing_is_required(mode: int, required: bool) -> None:
    header = b"\xfeSMB" + struct.pack("<HHIHH", 64, 0, 0, 0, 1) + bytes(48)
    body = struct.pack("<HHHH", 65, mode, 0x0300, 0) + bytes(56)
    answer = struct.pack(">I", len(header) + len(body)) + header + body
    service = platforms.read_smb2(answer)
    assert service is not None
    assert (service.facts, service.version) == ({"signing_required": required}, "3.0")


@pytest.mark.parametrize(("index", "agreed"), [(b"\0\0", True), (b"\xff\xff", False)])
def test_smb1_is_agreed_on_or_refused(index: bytes, agreed: bool) -> None:
    answer = b"\0\0\0\x50\xffSMB\x72" + bytes(4) + bytes(23) + b"\x11" + index + bytes(40)
    assert platforms.read_smb1(answer) is agreed


@pytest.mark.parametrize(
    ("answer", "starttls"),
    [
        ("300c02010178070a010004000400", True),
        ("301002010178" + "0b0a0102" + "0400" + "0404" + "6e6f7065", False),
        ("30840000000c02010178840000" + "00070a010004000400", True),
        ("300c02010078070a013404000400", False),
    ],
)
def test_ldap_starts_tls_or_refuses(answer: str, starttls: bool) -> None:
    service = platforms.read_ldap(bytes.fromhex(answer))
    assert service is not None
    assert service.starttls is starttls


def test_mqtt_refuses_an_unused_level_and_welcomes_or_not() -> None:
    assert platforms.read_mqtt(bytes.fromhex("20020001")) is not None
    assert platforms.read_mqtt(bytes.fromhex("2003008400")) is not None
    assert platforms.read_mqtt_welcome(bytes.fromhex("20020000")) is True
    assert platforms.read_mqtt_welcome(bytes.fromhex("20020005")) is False
    assert platforms.read_mqtt_welcome(bytes.fromhex("20020003")) is None


def test_x11_and_rpcbind_are_known_by_their_answers() -> None:
    reason = b"Protocol version mismatch\n\0\0"
    x11 = struct.pack("<BBHHH", 0, 26, 11, 0, 7) + reason
    assert platforms.read_x11(x11) is not None
    reply = struct.pack(">IIII", 0x80000018, 0x53434155, 1, 0) + bytes(12)
    assert platforms.read_rpcbind(reply) is not None


def test_no_question_is_for_a_printer_and_few_are_for_everyone() -> None:
    ports = {port for item in QUESTIONS for port in (*item.usual, *item.in_tls)} | TLS_PORTS
    assert not ports & set(FORBIDDEN_PORTS)
    assert [item.name for item in asked_anywhere(4000)] == ["http", "redis", "postgresql", "ldap"]
    assert [item.name for item in asked_first(445)] == ["smb"]
