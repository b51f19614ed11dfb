"""From data to document: the order of the sections, the cover, the few words of the layout."""

from reports.document import Cell, Document, Fact, Plain
from reports.document import Facts as FactList
from reports.facts import Facts, identity_of
from reports.model import ReportData
from reports.sections.appendix import appendix
from reports.sections.certificates import certificates
from reports.sections.conformity import conformity
from reports.sections.findings import findings
from reports.sections.method import method
from reports.sections.risks import risks
from reports.sections.scans import scans
from reports.sections.summary import summary
from reports.words import Words

SECTIONS = (summary, findings, conformity, certificates, risks, scans, method, appendix)


def compose(data: ReportData) -> Document:
    """Lay the whole report out in its language."""
    words = Words(data.language, data.timezone)
    facts = Facts(data)
    identity = identity_of(data)
    period = words.period(data.period.first, data.period.last)
    return Document(
        language=data.language,
        title=words("cover.title"),
        subtitle=words("cover.subtitle"),
        organisation=data.organisation,
        unit=data.unit,
        identity=identity,
        mark=words("cover.sample") if data.sample else "",
        cover=FactList(
            (
                Fact(words("cover.organisation"), Plain(data.organisation, strong=True)),
                *((Fact(words("cover.unit"), Plain(data.unit)),) if data.unit else ()),
                Fact(words("cover.period"), Plain(period)),
                Fact(words("cover.authorisation"), _letters(facts, words)),
                Fact(words("cover.scope"), Plain(_scope(facts, words))),
                Fact(words("cover.identity"), Plain(identity)),
                Fact(words("cover.class"), Plain(words("cover.class_value"))),
            )
        ),
        sections=tuple(build(facts, words) for build in SECTIONS),
        labels={
            key: words(f"layout.{key}")
            for key in ("contents", "page", "of", "skip", "period", "identity", "made_with")
        }
        | {"period_value": period, "version": data.tool_version},
    )


def _letters(facts: Facts, words: Words) -> Cell:
    numbers = [words.of("letter", item.number) for item in facts.data.authorisations]
    return Plain(words.joined(numbers, most=6) if numbers else words("cover.no_authorisation"))


def _scope(facts: Facts, words: Words) -> str:
    scope = facts.data.scope
    if not scope.zones and not scope.assets:
        return words("cover.scope_all", assets=words.count("asset", len(facts.in_scope)))
    return words(
        "cover.scope_part",
        zones=words.joined(scope.zones) if scope.zones else words("term.all"),
        assets=words.joined(scope.assets, most=8) if scope.assets else words("term.all"),
    )
