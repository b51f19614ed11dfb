from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secaudit.content.yaml import parse_document, validate
from secaudit.core.authorisation import Authorisation, RateCaps, ZonePermit
from secaudit.core.canonical import to_json
from secaudit.core.errors import InputError, NotFoundError, RefusedError
from secaudit.core.network import AddressSet
from secaudit.core.vocabulary import ProbeClass, ZoneKind
from secaudit.registry import authorisations, resolve, zones
from secaudit.registry.authorisation_files import AuthorisationFile, to_authorisation

WIB = timezone(timedelta(hours=7))
AT = datetime(2026, 11, 21, 3, tzinfo=UTC)
FILE = """\
number: 094/001/2026
issuer: Kepala Dinas (contoh)
valid_from: 2026-11-01
valid_until: 2026-11-30
targets: [192.0.2.0/24, "2001:db8::/64", www.example.go.id]
exclusions:
  - 192.0.2.9
zones:
  - {name: kantor}
  - {name: scada, kind: ot}
caps: {packets_per_second: 50}
probe_classes: [discovery, tls]
"""
ANSWERS = {"www.example.go.id": ("198.51.100.7", "2001:db8:1::7"), "old.example": ("192.0.2.8",)}


def resolver(name):
    try:
        return ANSWERS[name]
    except KeyError:
        raise InputError("the name {name} cannot be resolved", name=name) from None


def read(text=FILE):
    document = parse_document(text.encode(), "surat.yaml")
    written = validate(document, AuthorisationFile)
    return to_authorisation(written, WIB, resolver=resolver, document=document)


def test_a_letter_as_it_is_written():
    letter, answers = read()
    assert letter.valid_from == datetime(2026, 10, 31, 17, tzinfo=UTC)
    assert letter.valid_until == datetime(2026, 11, 30, 16, 59, 59, 999999, tzinfo=UTC)
    assert "198.51.100.7" in letter.permitted
    assert "192.0.2.9" not in letter.scope
    assert letter.names == answers == {"www.example.go.id": ANSWERS["www.example.go.id"]}
    assert letter.caps == RateCaps(packets_per_second=50)
    assert letter.zones == (ZonePermit("kantor"), ZonePermit("scada", ZoneKind.OT))
    assert letter.probe_classes == {ProbeClass.DISCOVERY, ProbeClass.TLS}


def test_an_excluded_name_is_resolved_and_is_no_target():
    letter, answers = read(FILE.replace("- 192.0.2.9", "- old.example"))
    assert "192.0.2.8" not in letter.scope
    assert "old.example" in answers
    assert "old.example" not in letter.names


def test_moments_keep_their_offset():
    letter, _ = read(
        FILE.replace("2026-11-01", "2026-11-01T08:00").replace("2026-11-30", "2026-11-30T17:00Z")
    )
    assert letter.valid_from == datetime(2026, 11, 1, 1, tzinfo=UTC)
    assert letter.valid_until == datetime(2026, 11, 30, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("192.0.2.0/24", "192.0.2.1/24", "surat.yaml:5: '192.0.2.1/24' is not a CIDR block"),
        ("- 192.0.2.9", "- 192.0.2.999", "surat.yaml:7: "),
        ("www.example", "gone.example", "surat.yaml:5: the name gone.example.go.id cannot be"),
        ("2026-11-30", "2026-10-30", "surat.yaml:4: the authorisation ends before it begins"),
        ("2026-11-30", "soon", "surat.yaml:4: valid_until: 'soon' is not a day or a moment"),
        ("2026-11-01", "0001-01-01", "is outside the calendar"),
        ("kind: ot", "kind: rtu", "surat.yaml:10: zones.1.kind must be one of"),
        ("name: scada", "name: kantor", "surat.yaml:8: a zone is named twice"),
        ("name: scada", "name: Scada Baru", "surat.yaml:10: zones.1.name does not have the form"),
        ("_second: 50", "_second: 0", "surat.yaml:11: caps.packets_per_second must be at least 1"),
        ("_second: 50", "_second: '50'", "caps.packets_per_second must be a whole number"),
        ("[discovery, tls]", "[exploit]", "surat.yaml:12: probe_classes.0 must be one of"),
        ("issuer: Kepala Dinas (contoh)", "isuer: x", "surat.yaml:2: unknown key 'isuer'"),
        ("- 192.0.2.9", "- 0.0.0.0/0\n  - '::/0'", "the exclusions leave nothing of the targets"),
        ('[192.0.2.0/24, "2001:db8::/64", www.example.go.id]', "[]", "targets must not be empty"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(old, new, said):
    assert old in FILE
    with pytest.raises(InputError) as caught:
        read(FILE.replace(old, new))
    assert said in str(caught.value)


def test_a_letter_is_kept_and_found(database):
    letter, answers = read()
    with database.write() as connection:
        authorisations.add(connection, letter, AT)
        resolve.record(connection, answers, AT, letter.number)
    with database.read() as connection:
        assert authorisations.get(connection, letter.number) == letter
        assert authorisations.list_all(connection) == [letter]
        assert authorisations.standing(connection, AT) == [letter]
        assert authorisations.standing(connection, AT + timedelta(days=99)) == []
        assert zones.all_zones(connection) == {"kantor": ZoneKind.IT, "scada": ZoneKind.OT}
        (row,) = resolve.recorded(connection, "www.example.go.id")
    assert (tuple(row.answers), row.at, row.authorisation) == (
        ANSWERS["www.example.go.id"],
        AT,
        letter.number,
    )


def test_a_number_is_used_once(database):
    letter, _ = read()
    with database.write() as connection:
        authorisations.add(connection, letter, AT)
        with pytest.raises(RefusedError, match="already here"):
            authorisations.add(connection, letter, AT)


def test_a_letter_is_revoked_once(database):
    letter, _ = read()
    with database.write() as connection:
        authorisations.add(connection, letter, AT)
        authorisations.revoke(connection, letter.number, AT, "dicabut")
        assert authorisations.get(connection, letter.number).revoked_at == AT
        assert authorisations.standing(connection, AT) == []
        with pytest.raises(RefusedError, match="already revoked"):
            authorisations.revoke(connection, letter.number, AT)
        with pytest.raises(NotFoundError):
            authorisations.revoke(connection, "other", AT)


moments = st.datetimes(datetime(1970, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
address_sets = st.lists(st.ip_addresses(v=4).map(str), min_size=1, max_size=4).map(AddressSet.parse)
letters = st.builds(
    Authorisation,
    number=st.text(min_size=1),
    issuer=st.text(min_size=1),
    valid_from=moments,
    valid_until=moments,
    targets=st.lists(st.text(), max_size=2).map(tuple),
    permitted=address_sets,
    exclusions=st.one_of(st.just(AddressSet()), address_sets),
    zones=st.lists(
        st.builds(
            ZonePermit, st.from_regex(r"[a-z]{1,5}", fullmatch=True), st.sampled_from(ZoneKind)
        ),
        max_size=2,
    ).map(tuple),
    names=st.dictionaries(st.text(), st.just(("192.0.2.1",)), max_size=2),
    probe_classes=st.frozensets(st.sampled_from(ProbeClass)),
    revoked_at=st.one_of(st.none(), moments),
)


@settings(max_examples=60)
@given(letters)
def test_a_record_reads_back_as_the_letter(letter):
    assert authorisations.from_record(to_json(letter)) == letter


@pytest.mark.parametrize("change", [{"schema_version": 2}, {"surprise": 1}])
def test_a_strange_record_is_refused(change):
    letter, _ = read()
    with pytest.raises(InputError):
        authorisations.from_record({**to_json(letter), **change})


def test_localhost_is_resolved_by_the_system():
    assert "127.0.0.1" in resolve.resolve("localhost")


def test_each_name_is_asked_once():
    asked = []

    def once(name):
        asked.append(name)
        return ("192.0.2.1",)

    resolve.resolve_all(["a.example", "b.example", "a.example"], once)
    assert asked == ["a.example", "b.example"]


def test_dates_of_a_file_may_be_dates():
    written = AuthorisationFile.model_validate_json(
        '{"number": "1", "issuer": "x", "valid_from": "2026-11-01", "valid_until":'
        ' "2026-11-01", "targets": ["192.0.2.1"]}'
    )
    assert written.valid_from == date(2026, 11, 1)
    letter, _ = to_authorisation(written, WIB, resolver=resolver)
    assert letter.valid_until - letter.valid_from == timedelta(days=1) - timedelta(microseconds=1)
