"""When: a time that somebody or some platform wrote down, read exactly or refused.

    read("2026-10-02 02:10 Europe/Berlin")    # datetime in UTC

A date is one of 2026-10-01, 20261001, 01.10.2026 (day, month, year, as whoever writes dots does),
1 October 2026 and October 1, 2026; before it may stand a day of the week, after it a comma. Then
comes a time of day: 23:59, 23:59:59, 23:59:59.5, 11:59 PM, 1159 PM; after 2026-10-01 also 23-59-59
and 235959, as names of files have it. Then nothing or a zone: Z, UTC, GMT, +0200, +02:00, UTC+2
(two hours ahead of UTC), Europe/Berlin. So Moodle, Canvas, Blackboard, Brightspace, Gradescope,
GitHub, nbgrader and e-mail write.

All else is refused: 10/01/2026 is two days; CST is three zones; an hour that a clock ran through
twice, or skipped, is two times, or none.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from autograder.project import UserError

_NAMES = "January February March April May June July August September October November December"
_MONTHS = {name: number for number, name in enumerate(_NAMES.split(), 1)}
_MONTHS |= {name[:3]: number for name, number in _MONTHS.items()} | {"Sept": 9}
_MONTH = r"(?P<name>[A-Z][a-z]{2,8})\.?"
_DAY = r"(?:(?:Mon|Tues?|Wed(?:nes)?|Thu(?:rs)?|Fri|Sat(?:ur)?|Sun)(?:day)?,? )?"
_DATES = (
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)",
    r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)",
    r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>\d{4})",
    rf"{_DAY}(?P<day>\d{{1,2}}) {_MONTH},? (?P<year>\d{{4}})",
    rf"{_DAY}{_MONTH} (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})",
)
_TIMES = (
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?: ?(?P<half>[AaPp])\.?[Mm]\b\.?)?",
    r"(?P<hour>\d{1,2})(?P<minute>\d\d) (?P<half>[AaPp])[Mm]",
    r"(?P<hour>\d\d)-(?P<minute>\d\d)-(?P<second>\d\d)",
    r"(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)",
)
_ZONE = (
    r" ?(?:(?P<utc>Z|UTC|GMT)?(?P<ahead>[+-]\d{1,2}(?::?\d\d)?)?"
    r"|(?P<place>[A-Za-z_]+(?:/[\w+-]+)+))"
)
_FORMS = [
    re.compile(f"{date}(?:,? |[T_]|(?<=\\d\\d)-){time}{_ZONE}", re.ASCII)
    for date in _DATES
    for time in _TIMES
]
EXAMPLE = "2026-10-01 23:59"


def read(text, zone=None):
    """The time that text names, as a datetime in UTC.

    zone: a tzinfo for a text without one; None: this computer's.
    ValueError, with what to write, for all that is not one time exactly.
    """
    return Written(text).read(zone)


class Written:
    """A time as it was written. ValueError for a text that is not written as one."""

    def __init__(self, text):
        text = " ".join(text.split())
        self._match = _match(text)
        if self._match is None:
            raise ValueError(_why_not(text))

    @property
    def has_zone(self):
        return any(self._match[part] for part in ("utc", "ahead", "place"))

    def read(self, zone=None):
        """The same as `read` of its text."""
        try:
            when = datetime(*_date(self._match), *_clock(self._match))
            place, exact = _zone(self._match, zone)
            when = when.replace(tzinfo=place)
            if not exact:
                _check_once(when)
            return when.astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise ValueError(str(error)) from None


def _match(text):
    return next(filter(None, (form.fullmatch(text) for form in _FORMS)), None)


def utc(when):
    """A datetime in UTC as nbgrader's timestamp.txt has it."""
    return f"{when.replace(tzinfo=None).isoformat(' ')} UTC"


def zone(name):
    """The time zone of that name; None for None, which is this computer's."""
    try:
        return None if name is None else ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise UserError(f"there is no time zone {name!r}: write it as Europe/Berlin") from None


def _date(match):
    found = match.groupdict()
    if "name" not in found:
        return int(found["year"]), int(found["month"]), int(found["day"])
    if found["name"] not in _MONTHS:
        raise ValueError(f"{found['name']} is no month in English")
    return int(found["year"]), _MONTHS[found["name"]], int(found["day"])


def _clock(match):
    found = match.groupdict()
    hour, minute, second = (int(found.get(part) or 0) for part in ("hour", "minute", "second"))
    if half := found.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError(f"there is no {hour} o'clock {half.upper()}M")
        hour = hour % 12 + 12 * (half in "Pp")
    return hour, minute, second, int((found.get("fraction") or "").ljust(6, "0")[:6])


def _zone(match, zone):
    """(The zone, whether each of its times is there once)"""
    if match["place"]:
        try:
            return ZoneInfo(match["place"]), False
        except (KeyError, ValueError, OSError):
            raise ValueError(f"there is no time zone {match['place']}") from None
    if match["ahead"]:
        sign, digits = match["ahead"][0], match["ahead"][1:].replace(":", "")
        hours, minutes = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, 0)
        if int(minutes) > 59:
            raise ValueError(f"{match['ahead']} has more than 59 minutes")
        ahead = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-ahead if sign == "-" else ahead), True
    return (UTC, True) if match["utc"] else (zone, False)


def _check_once(when):
    """Refuse what a clock showed twice or never: summer time begins or ends."""
    first, second = (when.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        raise ValueError(
            "the clock was put forward or back at that hour: write it with its distance from UTC, "
            "as +02:00"
        )


def _why_not(text):
    if _match(f"{text} 00:00"):
        return "the time of day is missing"
    if re.match(r"\d{1,2}/\d{1,2}/\d{2,4}\b", text):
        return "which number is the day?"
    rest, _, last = text.rpartition(" ")
    if re.fullmatch("[A-Z]{2,5}", last) and _match(rest):
        return f"{last} is the name of several zones, or of none"
    return "no time is written like this"
