"""Every form of the closed list is read exactly; what is no time, or two, is refused."""

import re
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from autograder import times

BERLIN = ZoneInfo("Europe/Berlin")
READ = {  # at 22:50:10 in Berlin on 1 October 2026, which is 20:50:10 in UTC
    "ISO 8601": "2026-10-01T22:50:10",
    "ISO 8601, compact": "20261001T225010",
    "ISO 8601, Z": "2026-10-01T20:50:10Z",
    "ISO 8601, distance": "2026-10-01T16:20:10-04:30",
    "distance without colon": "2026-10-01 22:50:10 +0200",
    "hours ahead": "2026-10-02 04:50:10 UTC+8",
    "hours behind": "2026-10-01 15:50:10 GMT-5",
    "zone by name": "2026-10-01 17:50:10 America/Argentina/Buenos_Aires",
    "nbgrader": "2026-10-01 20:50:10.000000 UTC",
    "Blackboard's files": "2026-10-01-22-50-10",
    "names of files": "2026-10-01_22-50-10",
    "dots": "01.10.2026 22:50:10",
    "dots, short": "1.10.2026, 22:50:10",
    "e-mail": "Thu, 01 Oct 2026 22:50:10 +0200",
    "white space": "  2026-10-01\n22:50:10 ",
}
MINUTES = {  # the same without seconds
    "Moodle": "Thursday, 1 October 2026, 10:50 PM",
    "Brightspace's folders": "1 October, 2026 1050 PM",
    "Canvas": "Oct 1, 2026 10:50 pm",
    "month first": "October 1, 2026, 10:50 p.m.",
}
REFUSED = {
    "": "no time is written like this",
    "never": "no time is written like this",
    "12:30": "no time is written like this",
    "2026-10-01 2250": "no time is written like this",
    "2026-10-01": "the time of day is missing",
    "01.10.2026": "the time of day is missing",
    "10/01/2026 12:00": "which number is the day?",
    "2026-10-01 12:00 CST": "CST is the name of several zones, or of none",
    "2026-10-01 12:00 Europe/Atlantis": "there is no time zone Europe/Atlantis",
    "2026-10-01 12:00 +02:75": "+02:75 has more than 59 minutes",
    "1 Oktober 2026, 10:50": "Oktober is no month in English",
    "2026-10-01 13:00 PM": "there is no 13 o'clock PM",
    "2026-10-01 24:30": "hour must be in",
    "2026-02-29 12:00": "day is out of range for month",
    "0001-01-01 00:00 +0200": "date value out of range",
    "2026-10-25 02:30": "the clock was put forward or back at that hour",
    "2026-03-29 02:30": "the clock was put forward or back at that hour",
}


@pytest.mark.parametrize("text", READ.values(), ids=READ)
def test_a_time_is_read_to_the_second(text):
    assert times.read(text, BERLIN) == datetime(2026, 10, 1, 20, 50, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", MINUTES.values(), ids=MINUTES)
def test_a_time_is_read_to_the_minute(text):
    assert times.read(text, BERLIN) == datetime(2026, 10, 1, 20, 50, tzinfo=UTC)


@pytest.mark.parametrize(("text", "why"), REFUSED.items())
def test_what_is_no_time_or_two_is_refused(text, why):
    with pytest.raises(ValueError, match=re.escape(why)):
        times.read(text, BERLIN)


def test_an_hour_that_was_there_twice_is_one_with_its_distance():
    assert times.read("2026-10-25 02:30 +02:00").hour == 0
    assert times.read("2026-10-25 02:30 +01:00").hour == 1


def test_midnight_and_noon_are_on_a_clock_of_twelve_hours():
    assert times.read("2026-10-01 12:05 AM", UTC).hour == 0
    assert times.read("2026-10-01 12:05 PM", UTC).hour == 12


def test_all_that_python_writes_is_read_back():
    rng = np.random.default_rng(0)
    zones = [UTC, *map(ZoneInfo, ("Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham"))]
    for seconds in rng.integers(0, 2**31, 300).tolist():
        when = datetime.fromtimestamp(seconds, zones[seconds % 4])
        for text in (
            when.isoformat(),
            when.isoformat(" ", "microseconds"),
            f"{when:%Y-%m-%d %H:%M:%S %z}",
            f"{when:%A, %d %B %Y, %I:%M:%S %p %z}",
            f"{when:%b %d, %Y %I:%M:%S %p %z}",
            f"{when:%d.%m.%Y %H:%M:%S%z}",
            format_datetime(when),
        ):
            assert times.read(text) == when, text
            assert times.Written(text).has_zone
        naive = f"{when:%Y-%m-%d-%H-%M-%S}"
        assert not times.Written(naive).has_zone
        assert times.read(naive, UTC) == when.replace(tzinfo=UTC)


def test_without_a_zone_it_is_this_computers_time(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        assert times.utc(times.read("2026-10-01 23:59")) == "2026-10-01 14:59:00 UTC"
    finally:
        monkeypatch.undo()
        time.tzset()
