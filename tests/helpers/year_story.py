"""The year 2026 of a city in its order, and what its commands said when they said it."""

from dataclasses import dataclass, field
from typing import Any

import year_office as office
import year_play as people
from notice_sinks import Webhook
from year_play import City


@dataclass
class Story:
    """Plays month by month; month 13 is the January after."""

    city: City
    sink: Webhook
    seen: dict[str, Any] = field(default_factory=dict)
    """What was shown at the time: scans, the register at its reviews, issued reports."""

    def play(self) -> None:
        """The whole year."""
        self.city.found()
        for number in range(1, 14):
            self.month(number)

    def month(self, number: int) -> None:
        """One month: the scan, and what people do after it."""
        city = self.city
        if number <= 12:
            people.play(city, number)
        match number:
            case 1:
                office.propose(city)
                office.plan_audit(city)
            case 6:
                office.attest(city)
                self.seen["mid-year"] = office.review(city, 6, 29, "2026-12-31")
                self.seen["H1"] = office.report(city, "2026-H1", "CR-0001", (2026, 7, 2))
            case 7:
                office.notices(city, self.sink)
            case 9:
                office.audit(city)
            case 11:
                office.follow_up(city)
            case 12:
                office.close_audit(city)
                self.seen["year's end"] = office.review(city, 12, 28, "2027-06-30")
            case 13:
                self.seen["H2"] = office.report(city, "2026-H2", "CR-0002", (2027, 1, 5))
