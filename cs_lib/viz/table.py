"""Numbers side by side: a table from columns."""

import re

import numpy as np
from tabulate import tabulate

_BY_KIND = {"i": ",", "u": ",", "f": ".4g"}  # how a value is written, where nobody says


class Table:
    """What `table` gives: a notebook shows it as a table, print as text.

    header: the columns' names. rows: lists of text, one value a column.
    """

    def __init__(self, header, rows):
        self.header, self.rows = header, rows

    def __str__(self):
        return self._as("simple")

    __repr__ = __str__

    def _repr_html_(self):
        html = self._as("html")
        return re.sub(r"<th[^>]*>\s*</th>", "<td></td>", html)  # a header cell may not be empty

    def _as(self, form):
        right = ["right"] * (len(self.header) - 1)
        return str(
            tabulate(
                self.rows,
                self.header,
                tablefmt=form,
                disable_numparse=True,  # they are written as asked for
                colalign=["left", *right] if self.rows else None,
            )
        )


def table(columns, formats=None):
    """A table with a column for each item of columns, {name: values}, as the last line of a cell.

    columns: lists of one length; the first one holds what the rows are called. formats: as in
    f"{value:.1%}", one for all columns but the first, or {name: format}. By default whole numbers
    have commas and other numbers four digits. Raises ValueError where columns differ in length or
    a format is for no column.
    """
    columns = {name: list(values) for name, values in columns.items()}
    if len({len(values) for values in columns.values()}) > 1:
        lengths = ", ".join(f"{name}: {len(values)}" for name, values in columns.items())
        raise ValueError(f"table: the columns have different lengths ({lengths})")
    first, *others = columns
    formats = dict.fromkeys(others, formats) if isinstance(formats, str) else formats or {}
    if unknown := [name for name in formats if name not in columns]:
        raise ValueError(f"table: a format for {unknown[0]!r}; there are: {', '.join(columns)}")
    written = [[_write(v, formats.get(name)) for v in columns[name]] for name in columns]
    return Table([first, *others], [list(row) for row in zip(*written, strict=True)])


def _write(value, form):
    if isinstance(value, str):
        return value
    return format(value, _BY_KIND.get(np.asarray(value).dtype.kind, "") if form is None else form)
