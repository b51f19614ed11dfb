"""One protocol version of one endpoint: is it spoken, and with which suites, in which order.

The shrinking offer: send every suite, take away the one that the server picks, repeat until it
refuses. k suites cost k + 1 connections, whatever the length of the registry.
"""

import os
from collections.abc import Sequence
from functools import partial

from scanners.lanes import in_lanes
from scanners.tls.exchange import Answer, Exchanger
from scanners.tls.facts import ProtocolFacts
from scanners.tls.fatal import HANGING_UP, FatalSuites, hung_up, without_finite
from scanners.tls.finite import ask_own_prime, walk_finite_groups
from scanners.tls.groups import GroupSearch
from scanners.tls.hello import Offer
from scanners.tls.liveness import PROTOCOL_VERSION, explains_itself
from scanners.tls.messages import KeyExchange, group_name
from scanners.tls.suites import all_suites, common_suites_for, suites_for
from scanners.tls.version import Protocol
from secaudit.core.vocabulary import Reason

X25519 = 29
_REFUSALS = {40, PROTOCOL_VERSION, 71, 86}
"""handshake_failure, protocol_version, insufficient_security, inappropriate_fallback."""
_UNRECOGNISED_NAME = 112
_SILENT = {Reason.CONNECTION_CLOSED, Reason.CONNECTION_RESET, Reason.TIMED_OUT}
_LONG_CHAIN = 8
_PARTS = 3
_SMALL_OFFER = 40
"""Suites in one hello for a server that chokes on more."""


class ProtocolSurvey:
    """Finds the facts of one version, over as many connections as it needs."""

    def __init__(
        self,
        protocol: Protocol,
        exchanger: Exchanger,
        name: str | None,
        *,
        sturdy: bool = False,
        spare: bool = False,
    ) -> None:
        """``sturdy``: the server took a long offer before, so that it means its alerts.

        ``spare``: it did not survive finite fields, which are asked for behind all the rest.
        """
        self.facts = ProtocolFacts(protocol)
        self._protocol = protocol
        self._exchanger = exchanger
        self._settings = exchanger.meter.settings
        self._name = name
        self._share: tuple[int, bytes] | None = None
        self._sturdy = sturdy
        self._spare = spare
        self._fatal = FatalSuites(looks=protocol is Protocol.TLS1_2 or not sturdy)
        self._read_parameters = True
        self._curves_seen = False
        searched = protocol in (Protocol.TLS1_2, Protocol.TLS1_3)
        self._groups = GroupSearch(protocol) if searched else None
        self._anchor: int | None = None
        """A suite that is known to be accepted, and to go with a group."""

    async def run(self) -> ProtocolFacts:
        """Ask all there is to ask. Raises ScopeRefusedError."""
        first = await self._greet()
        if self.facts.state != "accepted" or first is None:
            self._doubt_refusal()
            return self.facts
        if self._share is not None and self._groups is not None:
            # It answered to a key share alone: a retry, which names a group, is not to be had.
            self._groups.give_up(Reason.NO_OBSERVATION)
        everything = suites_for(self._protocol)
        if self._fatal.left_out:
            everything = tuple(without_finite(everything))
        if first in everything and not self.facts.ordered:
            await self._walk_in_parts(everything)
        else:
            await self._walk_both([code for code in everything if code != first])
        await self._ask_left_out()
        await self._walk_groups()
        await self._ask_preference()
        await self._ask_finite_fields()
        if self._groups is not None and (self._groups.found or self._groups.incomplete):
            self.facts.groups = self._groups
        return self.facts

    async def _ask(
        self,
        suites: Sequence[int],
        groups: Sequence[int] | None = None,
        *,
        parameters: bool = False,
    ) -> Answer:
        offer = Offer(self._protocol, suites, self._name, self._share, groups=groups)
        wanted = parameters or self._wants_parameters(suites)
        answer = await self._exchanger.ask(offer, parameters=wanted and self._read_parameters)
        self.facts.speaks_tls = self.facts.speaks_tls or answer.speaks_tls
        hello = answer.hello
        if hello is not None and hello.group is not None:
            self.facts.exchanges.append(KeyExchange(group=group_name(hello.group)))
        if answer.key_exchange is not None:
            self.facts.exchanges.append(answer.key_exchange)
            self._curves_seen = self._curves_seen or answer.key_exchange.group is not None
        elif hello is not None and answer.reason is not None:
            self._read_parameters = False
            if self._groups is not None and self._protocol is not Protocol.TLS1_3:
                self._groups.give_up(answer.reason)
        return answer

    def _wants_parameters(self, suites: Sequence[int]) -> bool:
        """Every Diffie-Hellman prime is read (each may be another), curves once a version."""
        if self._protocol is Protocol.TLS1_3 or not self._read_parameters:
            return False
        table = all_suites()
        return not self._curves_seen or any(table[code].ephemeral_dh for code in suites)

    def _chosen(self, answer: Answer, suites: Sequence[int]) -> int | None:
        """The suite chosen in this version; None for everything else, which is then noted."""
        hello = answer.hello
        if hello is None or hello.protocol is not self._protocol:
            return None
        if hello.suite not in suites:
            self.facts.incomplete = Reason.MALFORMED_ANSWER
            return None
        return hello.suite

    async def _greet(self) -> int | None:
        """Find out whether the version is spoken, and return the suite chosen first."""
        everything: list[int] = list(suites_for(self._protocol))
        common: Sequence[int] = common_suites_for(self._protocol)
        if self._spare:
            everything, common = self._fatal.leave_out(everything), without_finite(common)
        modern = self._protocol is Protocol.TLS1_3
        for suites, share in ((everything, False), (everything if modern else common, modern)):
            self._share = (X25519, os.urandom(32)) if share else None
            if self._protocol is Protocol.TLS1_2 and suites is everything:
                answer = await self._fatal.ask(self._ask, everything)
                if self._fatal.left_out and answer.hello is None:
                    # Perhaps it takes finite fields alone, and it was the length that it minded.
                    self._fatal = FatalSuites(looks=False)
                    continue
            else:
                answer = await self._ask(suites)
            chosen = self._chosen(answer, suites)
            if chosen is not None:
                self.facts.state, self.facts.reason = "accepted", Reason.OBSERVED
                self.facts.suites.append(chosen)
                self.facts.ordered = suites is everything
                self._note_group(answer, chosen)
                return chosen
            if self._settle(answer):
                break
        return None

    def _settle(self, answer: Answer) -> bool:
        """Note what a hello without a usable answer means; tell whether that is the last word."""
        hello = answer.hello
        if hello is not None:
            if hello.protocol is self._protocol or hello.protocol is None:
                self.facts.state, self.facts.reason = "inconclusive", Reason.MALFORMED_ANSWER
            else:
                self.facts.state, self.facts.reason = "refused", Reason.OBSERVED
            return True
        if answer.alert is not None:
            self.facts.alert = answer.alert
            unnamed = answer.alert == _UNRECOGNISED_NAME
            self.facts.state = "inconclusive" if unnamed else "refused"
            self.facts.reason = Reason.TLS_REFUSED if unnamed else Reason.OBSERVED
            if self._protocol is Protocol.TLS1_3:
                return unnamed or answer.alert == PROTOCOL_VERSION
            return unnamed or self._sturdy or answer.alert in _REFUSALS
        self.facts.state = "inconclusive"
        self.facts.reason = answer.reason or Reason.PROBE_FAILED
        return answer.reason not in _SILENT

    def _doubt_refusal(self) -> None:
        """A close, a reset or an alert that does not name the version may have another cause."""
        facts = self.facts

        def undo(reason: Reason) -> None:
            facts.state, facts.reason = "inconclusive", reason

        hung_up = facts.alert is None and facts.reason in HANGING_UP
        if hung_up or (facts.alert is not None and not explains_itself(facts.alert)):
            self._exchanger.liveness.refused(undo)

    def _note_group(self, answer: Answer, suite: int) -> None:
        """Take the group of an answer to an offer of what is left of the groups."""
        code = answer.group
        if code is None or self._groups is None or self._groups.done:
            return
        self._anchor = suite
        self._groups.keeps = all_suites()[suite].authentication == "ECDSA"
        self._groups.take(code)

    async def _walk_both(self, suites: Sequence[int]) -> None:
        """Shrink the offers of suites and of groups together, as long as both give something."""
        left = list(suites)
        search = self._groups
        while search is not None and search.found and not search.done and left:
            if self.facts.all_usual_found:
                break
            answer = await self._ask(left, search.left(), parameters=True)
            chosen = self._chosen(answer, left)
            if chosen is None and not answer.speaks_tls:
                break
            if chosen is not None and answer.group is not None:
                self._take_suite(chosen, left)
                self._note_group(answer, chosen)
                if self._splits(answer, left):
                    break
                continue
            # Either the groups ran out, or the suites that go with one.
            if chosen is not None:
                await self._place(chosen, left, search)
                break
            again = await self._fatal.ask(partial(self._ask, parameters=True), left)
            second = self._chosen(again, left)
            if second is None:
                await self._end_of_walk(again)
                return
            self._take_suite(second, left)
            if again.group is None:
                break
            # The same suites with every group gave a group: it was the groups that ran out.
            self._anchor = second
            search.done = True
        await self._walk(left, may_split=True)

    async def _place(self, plain: int, left: list[int], search: GroupSearch) -> None:
        """Find the place of a suite without a group that came while groups were left out.

        Where the next suite has none either, nothing was skipped. Else both are offered at once.
        """
        left.remove(plain)
        answer = await self._fatal.ask(self._ask, left)
        second = self._chosen(answer, left)
        if second is None:
            self.facts.suites.append(plain)
            await self._end_of_walk(answer)
            left.clear()
            return
        left.remove(second)
        pair = [plain, second]
        if all_suites()[second].ephemeral_ec:
            chosen = self._chosen(await self._ask(pair), pair)
            if chosen == second:
                pair.reverse()
                search.done = True
                self._anchor = second
        self.facts.suites += pair

    async def _walk_groups(self) -> None:
        """Look for what is left of the groups with a suite that is known to go with one."""
        search = self._groups
        if search is None:
            return
        if self._anchor is None:
            self._look_for_anchor(search)
        if self._anchor is None:
            return
        while not search.done and search.left():
            answer = await self._ask([self._anchor], search.left(), parameters=True)
            code = answer.group
            if self._chosen(answer, [self._anchor]) is None or code is None:
                if answer.alert is not None:
                    self._exchanger.liveness.refused(search.give_up)
                elif not answer.speaks_tls:
                    await self._end_of_groups(search, answer)
                search.done = True
            else:
                search.take(code)

    def _look_for_anchor(self, search: GroupSearch) -> None:
        """Where the server likes a suite without a group best, take one that it likes less."""
        table = all_suites()
        fitting = [code for code in self.facts.suites if table[code].ephemeral_ec]
        if fitting:
            self._anchor = fitting[0]
            search.keeps = table[fitting[0]].authentication == "ECDSA"

    async def _end_of_groups(self, search: GroupSearch, answer: Answer) -> None:
        """A server that falls silent instead of refusing: is it still there at all?"""
        known = [self._anchor] if self._anchor is not None else []
        if answer.reason in _SILENT and self._chosen(await self._ask(known), known) is not None:
            return
        search.give_up(answer.reason or Reason.PROBE_FAILED)

    def _take_suite(self, chosen: int, left: list[int]) -> None:
        self.facts.suites.append(chosen)
        left.remove(chosen)

    def _splits(self, answer: Answer, left: Sequence[int]) -> bool:
        slow = answer.seconds >= self._settings.split_above and self._settings.lanes > 1
        return slow and len(self.facts.suites) >= _LONG_CHAIN and len(left) > _PARTS

    async def _walk(self, suites: Sequence[int], *, may_split: bool = False) -> None:
        """Shrink one offer until the server refuses what is left."""
        left = list(suites)
        while left:
            answer = await self._fatal.ask(self._ask, left)
            chosen = self._chosen(answer, left)
            if chosen is None:
                await self._end_of_walk(answer)
                return
            self._take_suite(chosen, left)
            if may_split and self._splits(answer, left):
                self.facts.ordered = False
                parts = [left[start::_PARTS] for start in range(_PARTS)]
                await in_lanes(parts, self._settings.lanes, self._walk)
                return

    async def _walk_in_parts(self, suites: Sequence[int]) -> None:
        """Offer a few suites at a time to a server that chokes on all of them."""
        left = [code for code in suites if code not in self.facts.suites]
        for start in range(0, len(left), _SMALL_OFFER):
            if self.facts.incomplete is None:
                await self._walk(left[start : start + _SMALL_OFFER])

    async def _ask_left_out(self) -> None:
        """Ask for what was left out: unless it is answered, nobody knows what the server takes."""
        left = list(self._fatal.left_out)
        while left:
            answer = await self._ask(left)
            chosen = self._chosen(answer, left)
            if chosen is None:
                if answer.alert is not None:
                    self._exchanger.liveness.refused(self._cut_short)
                elif answer.hello is None:
                    self.facts.dies_of_finite = hung_up(answer)
                    self._cut_short(answer.reason or Reason.PROBE_FAILED)
                return
            self.facts.ordered = False
            self._take_suite(chosen, left)

    async def _end_of_walk(self, answer: Answer) -> None:
        if self.facts.incomplete is not None or answer.hello is not None:
            return
        if answer.alert is not None:
            self._exchanger.liveness.refused(self._cut_short)
            return
        # A server that closes or falls silent instead of refusing: is it still there at all?
        known = self.facts.suites[:1]
        if answer.reason in _SILENT and self._chosen(await self._ask(known), known) is not None:
            return
        self._cut_short(answer.reason or Reason.PROBE_FAILED)

    def _cut_short(self, reason: Reason) -> None:
        self.facts.incomplete = self.facts.incomplete or reason

    async def _ask_preference(self) -> None:
        """Offer what is accepted backwards: a server with an order of its own does not care."""
        table = all_suites()
        # OpenSSL can be told to follow a client that puts ChaCha20 first, in its own order else.
        plain = [code for code in self.facts.suites if "CHACHA20" not in table[code].cipher]
        search = self._groups if self._groups is not None and self._groups.found else None
        groups_open = search is not None and len(search.found) > 1
        groups = search.backwards() if search is not None and groups_open else None
        if len(plain) > 1:
            first: int | None = plain[0]
            if not self.facts.ordered:
                first = self._chosen(await self._ask(plain), plain)
            backwards = plain[::-1]
            answer = await self._ask(backwards, groups, parameters=groups_open)
            chosen = self._chosen(answer, backwards)
            if first is not None and chosen is not None:
                if chosen == first:
                    self.facts.preference = "server"
                elif chosen == backwards[0] and first == plain[0]:
                    self.facts.preference = "client"
            code = answer.group
            if search is not None and groups is not None and code is not None:
                search.judge_backwards(code)
                return
        if search is not None and groups is not None and self._anchor is not None:
            answer = await self._ask([self._anchor], groups, parameters=True)
            search.judge_backwards(answer.group)

    async def _ask_finite_fields(self) -> None:
        table = all_suites()
        suites = [code for code in self.facts.suites if table[code].ephemeral_dh]
        seen = [item for item in self.facts.exchanges if item.prime]
        await ask_own_prime(self._ask, suites, seen)
        search = self._groups
        if search is None or self._protocol is Protocol.TLS1_3:
            return
        finite = await walk_finite_groups(self._ask, suites, seen)
        search.found += finite.found
        if finite.refused:
            self._exchanger.liveness.refused(search.give_up)
        if finite.problem is not None:
            search.give_up(finite.problem)
