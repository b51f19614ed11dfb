"""Reading crosswalks: pairs of a later layer win, and a pair taken away stays away."""

from collections.abc import Sequence
from pathlib import Path

from controls.citation import requirement_order
from controls.crosswalk import (
    Correspondence,
    Crosswalk,
    CrosswalkFile,
    CrosswalkHead,
    CrosswalkRow,
    TargetEntry,
)
from controls.shelf import Shelf, place
from controls.vocabulary import RequirementRelation
from secaudit.content.yaml import Document, Location


def read_crosswalks(shelf: Shelf, folders: Sequence[Path]) -> tuple[Crosswalk, ...]:
    """Read ``crosswalks/`` of each folder. Both editions must be on the shelf already."""
    files = [
        (layer, document, crosswalk)
        for layer, folder in enumerate(folders)
        for document, crosswalk in shelf.files(folder / "crosswalks", CrosswalkFile)
    ]
    for shelf.layer, document, crosswalk in files:
        _put_head(shelf, document, crosswalk)
    for shelf.layer, document, crosswalk in files:
        _put_rows(shelf, document, crosswalk)
    return tuple(_whole(shelf, head) for _, (_, head) in sorted(shelf.crosswalks.items()))


def _put_head(shelf: Shelf, document: Document, crosswalk: CrosswalkFile) -> None:
    editions = crosswalk.editions
    if editions is None:
        return
    before = shelf.crosswalks.get(crosswalk.crosswalk)
    if before is not None and before[0] == shelf.layer:
        shelf.refuse(
            document.error(
                ("editions",), "the crosswalk {id!r} is described twice", id=crosswalk.crosswalk
            )
        )
        return
    for key, framework in (("from", editions.from_), ("to", editions.to)):
        if framework not in shelf.frameworks:
            shelf.incomplete.add(CrosswalkFile)
            if not shelf.broken & {"", framework}:
                shelf.refuse(
                    document.error(
                        ("editions", key), "no file describes the framework {id!r}", id=framework
                    )
                )
            return
    shelf.crosswalks[crosswalk.crosswalk] = (
        shelf.layer,
        CrosswalkHead(
            id=crosswalk.crosswalk,
            before=editions.from_,
            after=editions.to,
            title=editions.title,
            confidence=editions.confidence,
            revised=editions.revised,
            note=editions.note,
            source=place(document, ("editions",)),
        ),
    )


def _put_rows(shelf: Shelf, document: Document, crosswalk: CrosswalkFile) -> None:
    if crosswalk.crosswalk not in shelf.crosswalks:
        if CrosswalkFile not in shelf.incomplete:
            shelf.refuse(
                document.error(
                    ("crosswalk",),
                    "no file describes the crosswalk {id!r}",
                    hint="give one file of the crosswalk an editions section",
                    id=crosswalk.crosswalk,
                )
            )
        return
    head = shelf.crosswalks[crosswalk.crosswalk][1]
    for index, row in enumerate(crosswalk.rows):
        for number, target in enumerate(row.to):
            _put_pair(shelf, document, ("rows", index, "to", number), head, row, target)
    for index, name in enumerate(crosswalk.new):
        _put_new(shelf, document, ("new", index), head, f"{head.after}:{name}")


def _put_pair(
    shelf: Shelf,
    document: Document,
    at: Location,
    head: CrosswalkHead,
    row: CrosswalkRow,
    target: TargetEntry,
) -> None:
    key = (head.id, f"{head.before}:{row.from_}", f"{head.after}:{target.id}")
    if not shelf.knows(document, (*at[:2], "from"), key[1]) or not shelf.knows(
        document, at, key[2]
    ):
        return
    before = shelf.pairs.get(key)
    if before is not None and before[0] == shelf.layer:
        shelf.refuse(
            document.error(at, "{before} leads to {after} twice", before=key[1], after=key[2])
        )
        return
    if target.removed:
        shelf.pairs[key] = (shelf.layer, None)
        return
    change = row.change or shelf.changes.get(key[:2])
    if change is None:
        if CrosswalkFile not in shelf.incomplete:
            shelf.refuse(document.error(at[:2], "{where} is missing", where="change"))
        return
    shelf.changes[key[:2]] = change
    shelf.places[frozenset(key[1:])] = (shelf.layer, place(document, at))
    shelf.pairs[key] = (
        shelf.layer,
        Correspondence(
            crosswalk=head.id,
            before=key[1],
            after=key[2],
            change=change,
            relation=target.relation or RequirementRelation.INTERSECTS,
            rationale=target.rationale,
            confirmed=target.confirmed,
            source=place(document, at),
        ),
    )


def _put_new(
    shelf: Shelf, document: Document, at: Location, head: CrosswalkHead, requirement: str
) -> None:
    if not shelf.knows(document, at, requirement):
        return
    if shelf.news.get((head.id, requirement)) == shelf.layer:
        shelf.refuse(document.error(at, "{id!r} is there twice", id=requirement))
        return
    shelf.news[head.id, requirement] = shelf.layer


def _whole(shelf: Shelf, head: CrosswalkHead) -> Crosswalk:
    pairs = [pair for (name, _, _), (_, pair) in shelf.pairs.items() if name == head.id and pair]
    reached = {pair.after for pair in pairs}
    return Crosswalk(
        head,
        tuple(
            sorted(
                pairs,
                key=lambda pair: (requirement_order(pair.before), requirement_order(pair.after)),
            )
        ),
        tuple(
            sorted(
                (new for name, new in shelf.news if name == head.id and new not in reached),
                key=requirement_order,
            )
        ),
    )
