"""A table of the class becomes the class: Moodle's participants or grading worksheet, Canvas's
gradebook or groups, or any CSV table. Tables add to one another, for each knows of something else;
but who is in a group, the last one says.
"""

from collections import Counter
from dataclasses import dataclass, field

from autograder import people, times
from autograder.people import Class, Index, Known, Member, folded
from autograder.project import UserError
from autograder.table import Table

ROLES = (*people.HEADS, "participant", "submitted", "id")
PLAIN, WORKSHEET = "a table", "Moodle's grading worksheet"
CANVAS, CANVAS_GROUPS = "Canvas's gradebook", "Canvas's groups"
_IDS = ("id", "login", "number", "email")  # the first that is there tells two of one name apart


@dataclass
class Report:
    """What came of a table. kind: what it is, in words; fresh: how many members are new; grouped:
    how many are in a group; numbers and times: how many it has of each; missing: whom it does not
    have, strangers: whom no table before it had, both in words; problems: lines.
    """

    kind: str
    rows: int = 0
    fresh: int = 0
    grouped: int = 0
    numbers: int = 0
    times: int = 0
    missing: list = field(default_factory=list)
    strangers: list = field(default_factory=list)
    problems: list = field(default_factory=list)


def read(project, path, *, columns=None, zone=None):
    """Add a table to course/class.json; return a Report.

    columns: {role: head of a column}, where they are not headed in English; for ROLES. zone: of
    the times in it (None: this computer's).
    """
    table, course = Table(path), project.course
    kind, where = _columns(table, path, columns or {})
    report = Report(kind)
    rows = [_member(row, kind, where, zone, report) for row in table.rows]
    rows = _told_apart([row for row in rows if row is not None], report)
    before = Class.read(course).members
    members = _merged(before, rows, report)
    uploads = people.all_collected(course)
    _name(members, uploads)
    _adopt(members, uploads, report)
    Class(members).write(course)
    fresh = [member for member in members if member in rows]
    report.rows, report.fresh = len(rows), len(fresh)
    report.strangers = [member.shown for member in fresh] if before else []
    report.grouped = sum(bool(row.groups) for row in rows)
    return report


def read_worksheet(project, path, *, zone=None):
    """Add Moodle's grading worksheet of one assignment; (its participants' numbers, the Report).

    Raises UserError where it is another table.
    """
    table = Table(path)
    kind, where = _columns(table, path, {})
    if kind != WORKSHEET:
        raise UserError(f"{path} is {kind}, no grading worksheet: autograder roster reads it")
    numbers = {people.number_in(row[where["participant"]].strip()) for row in table.rows}
    return numbers - {""}, read(project, path, zone=zone)


def _columns(table, path, named):
    """(The kind of table, {role: number of its column})"""
    where = {role: table.column(head) for role, head in named.items()}
    for role, head in named.items():
        if role not in ROLES or where[role] is None:
            raise UserError(
                f"--column {role}={head}: before = stands one of {', '.join(ROLES)}, after it a "
                f"column of {path} (there are: {', '.join(table.head)})"
            )
    found = {role: people.columns(table, role) for role in people.HEADS}
    found |= {"participant": [people.participants(table)]}
    found |= {"submitted": [table.column("Last modified (submission)")]}
    found |= {"id": [*map(table.column, ("ID", "canvas_user_id"))]}
    for role, columns in found.items():
        column = next((column for column in columns if column is not None), None)
        if role not in where and column not in (None, *where.values()):
            where[role] = column
    if not where.keys() - {"group", "submitted"}:
        raise UserError(
            f"{path} has no column that says who somebody is: name one with --column, as in "
            f"--column email={table.head[0]!r} (there are: {', '.join(table.head)})"
        )
    if "participant" in where:
        return WORKSHEET, where
    if table.column("canvas_user_id") is not None:
        return CANVAS_GROUPS, where
    is_canvas = {"ID", "Section"} < {*table.head} & {"Student", "LastName", "ID", "Section"}
    return (CANVAS if is_canvas else PLAIN), where


def _member(row, kind, where, zone, report):
    """The Member that a row makes, not named yet; None for a row that is nobody's."""
    cell = dict.fromkeys((*ROLES,), "") | {role: row[at].strip() for role, at in where.items()}
    if kind in (CANVAS, CANVAS_GROUPS):
        if cell["name"]:
            cell["last"], _, cell["first"] = (part.strip() for part in cell["name"].partition(","))
            cell["name"] = ""
        if not cell["id"] or (cell["last"], cell["first"]) == ("Student", "Test"):
            return None  # "Points Possible", and the student that Canvas makes for its own view
    first, last = cell["first"], cell["last"]
    forms = (f"{first} {last}".strip(), cell["name"], f"{last} {first}".strip())
    groups = cell["group"].split(",") if kind == PLAIN else [cell["group"]]
    member = Member(
        names=[*dict.fromkeys(filter(None, forms))],
        ids={role: cell[role] for role in _IDS if cell[role]},
        groups=[group.strip() for group in groups if group.strip()],
    )
    if first and last:
        member.first, member.last = first, last
    if kind in (CANVAS, CANVAS_GROUPS):
        member.numbers.append(["canvas", member.ids.pop("id"), ""])
    if kind == WORKSHEET and not _add_number(member, cell, zone, report):
        return None
    return member if member.names or member.ids or member.numbers else None


def _add_number(member, cell, zone, report):
    """Note what a row of Moodle's worksheet says of the work; whether it says whose it is."""
    text = cell["participant"]
    called, number = people.numberless(text), people.number_in(text)
    if not number:
        report.problems.append(f"{text!r} is no number of a participant: left out")
        return False
    member.numbers += [["moodle", number, name] for name in (*member.names[:1], called)]
    report.numbers += 1
    if cell["submitted"] not in ("", "-"):
        try:
            member.times[number] = times.utc(times.read(cell["submitted"], zone))
            report.times += 1
        except ValueError as error:
            who = member.shown or text
            report.problems.append(f"{who}: {cell['submitted']!r}: {error}: left out")
    return True


# --- who is who already? ---


def _told_apart(rows, report):
    """The rows without doubles, and without those of one name that nothing tells apart."""
    seen, kept = {}, []
    for row in rows:
        twin = seen.setdefault(row.known, row)
        if twin is row:
            kept.append(row)
        elif row.ids or row.numbers:  # somebody is in the table twice, in two groups, say
            row.groups = [*dict.fromkeys([*twin.groups, *row.groups])]
            _add(twin, row)
        else:
            report.problems.append(
                f"two are called {row.shown}, and nothing tells them apart: left out; take a table "
                "with e-mail addresses"
            )
            kept = [other for other in kept if other is not twin]
    return kept


def _merged(before, rows, report):
    """The members after a table. Rows of one table are never one person."""
    blind = [member for member in before if not member.names and not member.ids]
    named = [member for member in before if member.names or member.ids]
    found = _whose(named, rows, range(len(rows)))
    found |= _whose(blind, rows, sorted({*range(len(rows))} - {*found}))
    counts = Counter(id(member) for own in found.values() for member in own)
    members = [*before]
    for i, row in enumerate(rows):
        own = found.get(i, [])
        if len(own) > 1 or any(counts[id(member)] > 1 for member in own):
            could = "; ".join(member.shown for member in own)
            report.problems.append(
                f"{_called(row)} could be {could}: left out; take a table with e-mail addresses"
            )
        elif own:
            _add(own[0], row)
        else:
            members.append(row)
    # whom blind marking had hidden is somebody of the class now
    shown = {tuple(number) for m in members if m.names or m.ids for number in m.numbers}
    hidden = {id(m) for m in blind if not m.names and {*map(tuple, m.numbers)} <= shown}
    report.missing = [m.shown for m in before if id(m) not in hidden and not counts[id(m)]]
    return [member for member in members if id(member) not in hidden]


def _whose(members, rows, which):
    """{number of a row: the members that it could be}, where there are any; which: numbers."""
    index = Index({i: member.known for i, member in enumerate(members)})
    found = {}
    for i in which:
        known = rows[i].known
        for keys in (known._replace(names=frozenset()), Known(names=known.names)):
            own = [members[j] for j in sorted(index.find(keys))]
            own = [member for member in own if not _differ(member.ids, rows[i].ids)]
            if own:
                found[i] = own
                break
    return found


def _differ(ids, others):
    """Whether they cannot be one person's: both have an e-mail address, say, and not the same."""
    return any(ids[role] != others[role] for role in ids.keys() & others.keys())


def _add(member, row):
    member.names += [name for name in row.names if name not in member.names]
    member.ids |= row.ids
    member.groups = row.groups or member.groups
    member.numbers += [number for number in row.numbers if number not in member.numbers]
    member.times |= row.times
    if row.last:
        member.first, member.last = row.first, row.last


def _called(row):
    numbers = [number for platform, number, _ in row.numbers if platform == "moodle"]
    return f"{row.shown} ({numbers[0]})" if numbers else row.shown


# --- what they are called here ---


def _name(members, uploads):
    """Give a folder to each who has none."""
    taken = {people.same_folder(member.student) for member in members if member.student}
    taken |= {people.same_folder(folder) for folders in uploads.values() for folder in folders}
    new = [member for member in members if not member.student]
    shared = Counter(folded(member.names[0]) for member in members if member.names)
    for member in new:
        called = member.names[0] if member.names else people.BLIND
        extra = [member.ids[role].partition("@")[0] for role in _IDS if role in member.ids]
        extra += [number for _, number, _ in member.numbers]
        extra.append(people.digest(repr(member)))
        if "id" in member.ids:
            forms = [member.ids["id"]]
        elif member.names and shared[folded(called)] == 1:
            forms = [called]
        else:
            forms = []
        forms += [f"{called}-{part}" for part in extra]
        free = (f for f in map(people.safe_name, forms) if people.same_folder(f) not in taken)
        member.student = next(free)
        taken.add(people.same_folder(member.student))


def _adopt(members, uploads, report):
    """Who has handed something in before the class was read keeps the folder of then."""
    group, folders, theirs = Class(members), {}, {member.student for member in members}
    for assignment, found in uploads.items():
        for folder, keys in found.items():
            for person in map(people.Person.of, keys):
                own = group.find(person)
                others = theirs - {member.student for member in own}  # they have a group's work
                one = len(own) == 1 and not group.team(person)
                if one and not person.is_blind and folder not in others:
                    folders.setdefault(own[0].student, {}).setdefault(folder, []).append(assignment)
    for member in members:
        had = folders.get(member.student, {})
        if had and member.student not in had:
            member.student = next(iter(had))
        if len(had) > 1:
            several = ", ".join(f"{folder} ({', '.join(names)})" for folder, names in had.items())
            report.problems.append(f"{member.shown} has {len(had)} records: {several}")


# --- in words ---


def lines(report, path):
    """A Report as text."""
    parts = [f"{report.rows} students, {report.fresh} of them new"]
    parts += [f"{report.numbers} numbers of participants"] if report.numbers else []
    parts += [f"{report.times} times of submission"] if report.numbers else []
    parts += [f"{report.grouped} in groups"] if report.kind == CANVAS_GROUPS else []
    yield f"{path}: {report.kind}: {', '.join(parts)}"
    if report.missing:
        yield f"not in it: {len(report.missing)} of the class ({_some(report.missing)})"
    if report.strangers:
        yield f"in no table before: {len(report.strangers)} ({_some(report.strangers)})"
    yield from (f"problem  {text}" for text in report.problems)


def _some(names):
    return "; ".join([*names[:5], *["…"] * (len(names) > 5)])


def shown(project):
    """The class as text, a line a member."""
    members = Class.read(project.course).members
    if not members:
        raise UserError("no class was read yet: autograder roster FILE, with a platform's table")
    wide = max(len(member.student) for member in members)
    for member in members:
        groups = f" ({', '.join(member.groups)})" if member.groups else ""
        yield f"{member.student:{wide}}  {member.shown}{groups}"
