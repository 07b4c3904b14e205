"""Where does it go? From the people who handed something in to their folders in submitted/.

A student keeps one folder over all assignments. The class says whose it is, where `autograder
roster` has read one; else a name does, as long as nobody shares it.
"""

from collections import Counter
from dataclasses import dataclass, field

from autograder import people
from autograder.people import ANONYMOUS, folded, letters, safe_name, same_folder


@dataclass
class Place:
    """folders: of one student, or of the members of a group; why: there are none; note: to be said.

    stamp: when it was handed in, as the class's table says
    """

    folders: list = field(default_factory=list)
    why: str = ""
    note: str = ""
    stamp: str = ""


def places(course, assignment, persons, group, numbers=frozenset()):
    """{key: its Place} of these Persons. group: the Class; numbers: Moodle's of the participants in
    this assignment, as far as its worksheet is at hand.
    """
    kept = people.all_collected(course)
    here = kept.pop(assignment, {})
    known = {}
    for folder, uploads in here.items():
        for key in uploads:
            known.setdefault(key, []).append(folder)
    found, new = {}, {}
    for person in persons:
        members = group.find(person)
        one = group.is_one(person, members)
        if group.team(person) or (one and person.key not in known):
            found[person.key] = Place([member.student for member in members])
        elif person.key in known:
            found[person.key] = Place(known[person.key])
        elif group.members and not person.is_blind:
            found[person.key] = Place(why=_why_not(person, members))
        else:
            new[person.key] = person
        if one and person.key in found:
            _tell(found[person.key], person, members, group, numbers)
    taken = {same_folder(folder) for folder in here}
    taken |= {same_folder(member.student) for member in group.members}
    return found | _new(new, {*known, *new}, kept, taken)


def _why_not(person, members):
    if not members and person.platform == "moodle" and not person.number:
        return (
            f"the group {person.name!r} is of those in no group: the grading worksheet of this "
            "assignment says who they are, read with autograder roster"
        )
    if not members:
        number = f" ({person.number})" if person.number else ""
        return f"nobody of the class is called {person.name!r}{number}: autograder roster FILE"
    could = "; ".join(member.shown for member in members[:4])
    sheet = (
        "read the grading worksheet of this assignment with autograder roster"
        if person.platform == "moodle"
        else "name it by what only one of them has"
    )
    return f"{person.name!r} could be {could}: {sheet}"


def _tell(place, person, members, group, numbers):
    """What the class's table says of the work."""
    called = {form(person.name) for form in (folded, letters)}
    if group.team(person):
        place.note = f"the work of {person.name}"
        if person.platform == "moodle":
            times = {m.times[number] for m in members for number in m.times.keys() & numbers}
            place.stamp = times.pop() if len(times) == 1 else ""
            place.note += f"; its members have {len(times)} times: left out" if times else ""
    elif person.platform == "moodle":
        place.stamp = members[0].times.get(person.number, "")
    elif person.platform == "canvas" and not called & members[0].known.names:
        place.note = f"called {person.name} there: renamed, or a group whose table was not read"


def _new(persons, keys, kept, taken):
    """Places of people who are new to this assignment, and of whom no class says who they are.

    keys: of all who have handed something in to it; kept: {another assignment: {folder: uploads}}
    """
    here = Counter(map(_shared, keys))
    elsewhere, twice = {}, set()
    for folders in kept.values():
        names = [(_shared(key), folder) for folder, keys in folders.items() for key in keys]
        for name, folder in names:
            elsewhere.setdefault(name, set()).add(folder)
        counts = Counter(_shared(key) for keys in folders.values() for key in keys)
        twice |= {name for name, count in counts.items() if count > 1}
    twice |= {name for name, folders in elsewhere.items() if len(folders) > 1}
    twice |= {name for name, count in here.items() if count > 1}
    plain = {
        key: _own_folder(key, person, elsewhere, twice) for key, person in sorted(persons.items())
    }
    alike = Counter(same_folder(name) for name in plain.values())
    found = {}
    for key, name in plain.items():
        person, shared, place = persons[key], _shared(key), Place()
        many = alike[same_folder(name)] > 1 or same_folder(name) in taken
        unclear = person.platform == "canvas" or person.is_blind or shared in twice
        again = elsewhere.get(shared) == {name}
        folder = name
        if many or (unclear and not again):
            number = person.number.removeprefix(ANONYMOUS).partition("@")[0]
            folder = f"{name}-{safe_name(number) if number else people.digest(key)}"
        if same_folder(folder) in taken:
            folder = f"{folder}-{people.digest(key)}"
        if person.platform == "moodle" and shared in twice & {*elsewhere}:
            place.note = (
                f"which {person.name} of the other assignments? The grading worksheets tell, read "
                "with autograder roster"
            )
        taken.add(same_folder(folder))
        place.folders = [folder]
        found[key] = place
    return found


def _shared(key):
    """Equal in all assignments for one person: Moodle's number is another in each."""
    person = people.Person.of(key)
    if person.platform == "moodle" and not person.is_blind:
        return person.platform, folded(person.name)
    return person.platform, key


def _own_folder(key, person, elsewhere, twice):
    before = elsewhere.get(_shared(key), set())
    if len(before) == 1 and _shared(key) not in twice:
        return next(iter(before))
    return safe_name(person.name)
