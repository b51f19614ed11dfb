from dataclasses import replace
from datetime import date

import pytest
from report_sample import empty, sample

from reports.facts import Facts, identity_of
from reports.model import ReportData
from reports.sections.summary import decisions
from reports.words import Words
from secaudit.core.vocabulary import FindingState, Severity


def test_closed_findings_are_not_open_but_accepted_ones_are() -> None:
    facts = Facts(sample(count=7))
    assert {item.state for item in facts.closed} == {FindingState.VERIFIED}
    assert len(facts.accepted) == 1
    assert set(facts.accepted) <= set(facts.open)


def test_an_accepted_finding_is_never_overdue() -> None:
    facts = Facts(sample(count=70))
    assert facts.overdue
    assert all(item.state is not FindingState.ACCEPTED for item in facts.overdue)
    assert all(item.due is not None and item.due < facts.at for item in facts.overdue)


def test_worst_findings_come_first() -> None:
    ranks = [item.severity.rank for item in Facts(sample(count=40)).open]
    assert ranks == sorted(ranks)


def test_every_severity_is_counted_even_without_findings() -> None:
    assert set(Facts(empty()).by_severity) == set(Severity)


def test_a_scan_that_reached_nobody_is_nothing_scanned() -> None:
    data = sample()
    silent = tuple(replace(scan, up=0) for scan in data.scans)
    assert not Facts(data).nothing_scanned
    assert Facts(replace(data, scans=silent)).nothing_scanned
    assert Facts(empty()).nothing_scanned


def test_days_left_count_from_the_end_of_the_period() -> None:
    states = [row.state for row in Facts(sample()).certificates]
    assert states == ["expired", "soon", "valid", "valid"]


def test_equal_facts_give_an_equal_identity() -> None:
    assert identity_of(sample()) == identity_of(sample())
    assert identity_of(sample(count=3)) != identity_of(sample(count=4))


@pytest.mark.parametrize("data", [sample(), sample("en"), empty(), sample(count=0)])
def test_the_reader_is_always_told_what_to_decide(data: ReportData) -> None:
    assert decisions(Facts(data), Words(data.language))


def test_lapsed_acceptances_are_put_to_the_reader() -> None:
    data = sample(count=7)
    asked = decisions(Facts(data), Words("en"))
    later = replace(data, period=replace(data.period, last=date(2027, 2, 1)))
    assert len(decisions(Facts(later), Words("en"))) > len(asked)


def test_what_does_not_bind_is_not_counted_with_what_does() -> None:
    facts = Facts(sample())
    law, city = facts.data.frameworks
    dropped = replace(law.requirements[0], binds=False)
    frameworks = (
        replace(law, requirements=(dropped, *law.requirements[1:])),
        replace(city, binds=False),
    )
    narrowed = Facts(replace(facts.data, frameworks=frameworks))

    assert {framework.id for framework, _ in facts.contradicted} == {law.id, city.id}
    assert {framework.id for framework, _ in narrowed.contradicted} == {law.id}
    assert dropped not in [item for _, item in narrowed.contradicted]
    assert sum(narrowed.standings(frameworks[0]).values()) == len(law.requirements) - 1
    assert sum(narrowed.standings(frameworks[1]).values()) == len(city.requirements)
