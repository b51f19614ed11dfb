import pytest
from hypothesis import given
from hypothesis import strategies as st

from secaudit.core.errors import InputError
from secaudit.core.subject import FileSubject, Subject, is_zone_name, parse_subject

zones = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,62}", fullmatch=True)
addresses = st.one_of(
    st.ip_addresses(v=4), st.ip_addresses(v=6).filter(lambda a: a.ipv4_mapped is None)
).map(str)
names = st.text(st.characters(exclude_characters="\n\r", exclude_categories=["Cs"]), min_size=1)
endpoints = st.builds(
    Subject,
    zones,
    addresses,
    st.one_of(st.none(), st.integers(1, 65535)),
    st.sampled_from(["tcp", "udp"]),
    st.one_of(st.none(), names),
).map(lambda s: s if s.port is not None else Subject(s.zone, s.address, name=s.name))
paths = st.text(min_size=1)
files = st.builds(
    FileSubject,
    st.text(st.characters(exclude_characters="/#"), min_size=1),
    paths,
    st.one_of(st.none(), st.text(min_size=1)),
)


@given(endpoints)
def test_an_endpoint_is_read_as_it_was_written(subject):
    assert parse_subject(str(subject)) == subject


@given(files)
def test_a_file_is_read_as_it_was_written(subject):
    assert parse_subject(str(subject)) == subject


@given(endpoints, endpoints)
def test_two_subjects_never_share_an_identity(one, two):
    assert (str(one) == str(two)) == (one == two)


@given(st.text(max_size=60))
def test_what_is_read_is_written_the_same_way_again(text):
    try:
        subject = parse_subject(text)
    except InputError:
        return
    assert parse_subject(str(subject)) == subject


@pytest.mark.parametrize(
    "text",
    [
        "",
        "kantor",
        "kantor/",
        "/192.0.2.7",
        "Kantor/192.0.2.7",
        "kantor/192.0.2.300",
        "kantor/192.0.2.7:0/tcp",
        "kantor/192.0.2.7:65536/tcp",
        "kantor/192.0.2.7:443",
        "kantor/192.0.2.7:443/sctp",
        "kantor/2001:db8::1:443/tcp",
        "kantor/www.example.go.id:443/tcp",
        "kantor/192.0.2.7:443/tcp#",
        "file:/x",
        "file:store",
    ],
)
def test_what_is_no_subject_is_refused(text):
    with pytest.raises(InputError):
        parse_subject(text)


def test_spelling_is_made_canonical():
    assert str(parse_subject("kantor/[2001:DB8:0::1]:0443/tcp")) == "kantor/[2001:db8::1]:443/tcp"


def test_views_of_a_subject():
    named = Subject("kantor", "192.0.2.7", 443, "tcp", "www.example.go.id")
    assert str(named.endpoint) == "kantor/192.0.2.7:443/tcp"
    assert str(named.host) == "kantor/192.0.2.7"
    assert named.endpoint.named("www.example.go.id") == named


def test_zone_names():
    assert is_zone_name("kantor-2_a")
    assert not is_zone_name("-kantor")
    assert not is_zone_name("kantor\n")
    assert not is_zone_name("")
