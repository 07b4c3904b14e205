"""Wrong answers to `count_parameters` that students really give, and right ones written another way."""

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "count_parameters",
    hint="Every unit that is computed has a bias as well as its weights.",
    read="sec-backprop-parameters",
)
def no_bias(sizes):
    """The biases are not counted."""
    shapes = [(b, a) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="A row for each unit that is computed, a column for each that it reads. Yours are the other way round.",
    read="sec-backprop-parameters",
)
def shapes_transposed(sizes):
    """The shapes are transposed."""
    shapes = [(a + 1, b) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="A bias belongs to what is read, as a 1 beside the inputs: one column more.",
    read="sec-backprop-parameters",
)
def bias_row(sizes):
    """The bias makes a row more, not a column."""
    shapes = [(b + 1, a) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="The constant 1 that the bias multiplies is read by the layer above, but nobody computes it: it adds a column and no row.",
    read="sec-backprop-parameters",
)
def bias_units_computed(sizes):
    """Bias units are counted among those that are computed."""
    shapes = [(b + 1, a + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="The shapes are right; the total leaves out their bias columns.",
    read="sec-backprop-parameters",
)
def total_without_biases(sizes):
    """The total leaves out the biases, which the shapes have."""
    shapes = [(b, a + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(b * a for a, b in zip(sizes, sizes[1:]))


@mistake(
    "count_parameters",
    hint="A unit has as many parameters as it has inputs, and one more.",
    read="sec-backprop-parameters",
)
def units_counted(sizes):
    """The total counts units, not the entries of the matrices."""
    return [(b, a + 1) for a, b in zip(sizes, sizes[1:])], sum(sizes)


@mistake(
    "count_parameters",
    hint="The last layer's matrix counts, too: n sizes make n − 1 matrices.",
    read="sec-backprop-parameters",
)
def last_layer_forgotten(sizes):
    """The last matrix is left out."""
    shapes = [(b, a + 1) for a, b in zip(sizes[:-1], sizes[1:-1])]
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="A layer has one bias for each of its units, not one for all of them.",
    read="sec-backprop-parameters",
)
def one_bias_a_layer(sizes):
    """The total has one bias a layer."""
    shapes = [(b, a + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(b * a + 1 for a, b in zip(sizes, sizes[1:]))


@mistake(
    "count_parameters",
    hint="Each Θ has its own shape, from the two sizes that it connects, and you listed them from the end.",
    read="sec-backprop-parameters",
)
def order_reversed(sizes):
    """The matrices are listed from the last to the first."""
    shapes = [(b, a + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes[::-1], sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="The shapes alone are no answer yet: the text asks for a pair, the shapes and the number of all entries.",
    read="sec-backprop-parameters",
)
def shapes_alone(sizes):
    """Only the shapes are returned."""
    return [(b, a + 1) for a, b in zip(sizes, sizes[1:])]


@mistake("count_parameters", same_as="bias_units_computed")
def hidden_bias_units_computed(sizes):
    """The bias units of hidden layers are counted among those that are computed."""
    shapes = [(b + 1, a + 1) for a, b in zip(sizes, sizes[1:])]
    shapes[-1] = (sizes[-1], sizes[-2] + 1)
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="The total has the biases. The shapes lack them: one more column in each.",
    read="sec-backprop-parameters",
)
def shapes_without_biases(sizes):
    """The shapes leave out the bias column, which the total has."""
    shapes = [(b, a) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(b * (a + 1) for a, b in zip(sizes, sizes[1:]))


@mistake(
    "count_parameters",
    hint="A bias belongs to a unit that is computed, not to one that is read.",
    read="sec-backprop-parameters",
)
def biases_of_the_inputs(sizes):
    """The total has a bias for each unit that is read."""
    shapes = [(b, a + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(a * b + a for a, b in zip(sizes, sizes[1:]))


@mistake(
    "count_parameters",
    hint="The output units read all units of the layer below, and have biases as well: a column for each, and one more.",
    read="sec-backprop-parameters",
)
def last_bias_forgotten(sizes):
    """The last matrix has a column too few."""
    shapes = [(b, a + 1) for a, b in zip(sizes, sizes[1:])]
    shapes[-1] = (sizes[-1], sizes[-2])
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="The total is one number for the whole network: add up the entries of all matrices.",
    read="sec-backprop-parameters",
)
def totals_listed(sizes):
    """The numbers of entries are listed, not added."""
    shapes = [(b, a + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes, [r * c for r, c in shapes]


@mistake(
    "count_parameters",
    hint="A matrix of 4 rows and 5 columns has 4 · 5 entries. You added the two.",
    read="sec-backprop-parameters",
)
def rows_plus_columns(sizes):
    """Rows and columns are added, not multiplied."""
    shapes = [(above, below + 1) for below, above in zip(sizes, sizes[1:])]
    return shapes, sum(rows + columns for rows, columns in shapes)


@mistake(
    "count_parameters",
    hint="The total comes first in yours. The text asks for the shapes, and then the total.",
    read="sec-backprop-parameters",
)
def total_first(sizes):
    """The two results are exchanged."""
    shapes = [(above, below + 1) for below, above in zip(sizes, sizes[1:])]
    return sum(rows * columns for rows, columns in shapes), shapes


@mistake(
    "count_parameters",
    hint="A row for each unit that is computed, a column for each that it reads, and the bias is read: one column more. Yours are turned round, and the "
    "1 has gone to the units that are computed.",
    read="sec-backprop-parameters",
)
def turned_without_the_bias(sizes):
    """Rows and columns are exchanged, and the bias column is not."""
    shapes = [(a, b + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(r * c for r, c in shapes)


@mistake("count_parameters", same_as="turned_without_the_bias")
def turned_without_the_bias_right_total(sizes):
    """The shapes are turned, and the total is right."""
    pairs = list(zip(sizes, sizes[1:]))
    return [(a, b + 1) for a, b in pairs], sum((a + 1) * b for a, b in pairs)


@mistake("count_parameters", same_as="shapes_transposed")
def shapes_transposed_no_bias(sizes):
    """The shapes are transposed, without a bias."""
    shapes = [(a, b) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(r * c for r, c in shapes)


@mistake("count_parameters", same_as="shapes_transposed")
def shapes_transposed_bias_in_total(sizes):
    """The shapes are transposed and lack the bias, which the total has."""
    shapes = [(a, b) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(r * c for r, c in shapes) + sum(sizes[1:])


@mistake("count_parameters", same_as="bias_units_computed")
def bias_units_computed_and_turned(sizes):
    """Bias units are counted on both sides, and the shapes are transposed."""
    shapes = [(a + 1, b + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="Every layer has biases, the hidden ones too: each matrix has one column more.",
    read="sec-backprop-parameters",
)
def bias_in_the_last_layer_only(sizes):
    """Only the last matrix has a bias column."""
    shapes = [(b, a) for a, b in zip(sizes, sizes[1:])]
    shapes[-1] = (sizes[-1], sizes[-2] + 1)
    return shapes, sum(r * c for r, c in shapes)


@mistake(
    "count_parameters",
    hint="Two layers are joined by a matrix of their own, and the matrices are added up. You multiply all sizes with each other.",
    read="sec-backprop-parameters",
)
def sizes_multiplied(sizes):
    """The total is the product of the sizes."""
    total = 1
    for size in sizes:
        total *= size
    return [(b, a + 1) for a, b in zip(sizes, sizes[1:])], total


@mistake(
    "count_parameters",
    hint="The total is assigned anew (=) in each turn of the loop, where it should grow (+=).",
    read="sec-backprop-parameters",
)
def last_total(sizes):
    """The total is that of the last matrix."""
    shapes = []
    total = 0
    for i in range(len(sizes) - 1):
        rows, cols = sizes[i + 1], sizes[i] + 1
        shapes.append((rows, cols))
        total = rows * cols
    return shapes, total


@mistake("count_parameters", same_as="one_bias_a_layer")
def one_bias_a_layer_in_the_total(sizes):
    """The total has one bias a layer, and the shapes have none."""
    shapes = []
    total = 0
    for i in range(len(sizes) - 1):
        rows, cols = sizes[i + 1], sizes[i]
        shapes.append((rows, cols))
        total += rows * cols + 1
    return shapes, total


@mistake("count_parameters", same_as="units_counted")
def computed_units_counted(sizes):
    """The total counts the units that are computed."""
    shapes = []
    total = 0
    for i in range(len(sizes) - 1):
        rows, cols = sizes[i + 1], sizes[i] + 1
        shapes.append((rows, cols))
        total += rows
    return shapes, total


# --- right answers, written another way ---


@alternative("count_parameters")
def by_indices(sizes):
    """A loop over the layers."""
    shapes, total = [], 0
    for j in range(len(sizes) - 1):
        shapes.append((sizes[j + 1], sizes[j] + 1))
        total += sizes[j + 1] * sizes[j] + sizes[j + 1]
    return shapes, total


@mistake(
    "count_parameters",
    hint="The shapes have a column for the biases already, and you add the biases once more.",
    read="sec-backprop-parameters",
)
def biases_twice(sizes):
    """The total has the biases twice."""
    shapes = [(b, a + 1) for a, b in zip(sizes, sizes[1:])]
    return shapes, sum(b * a for b, a in shapes) + sum(sizes[1:])


@mistake(
    "count_parameters",
    hint="The matrices stand side by side, so their numbers of entries are added, not multiplied.",
    read="sec-backprop-parameters",
)
def product_for_sum(sizes):
    """The numbers of entries are multiplied."""
    shapes, total = [(b, a + 1) for a, b in zip(sizes, sizes[1:])], 1
    for b, a in shapes:
        total *= b * a
    return shapes, total


@mistake(
    "count_parameters",
    hint="The text asks for two things: return shapes, total.",
    read="sec-backprop-parameters",
)
def total_alone(sizes):
    """Only the total is returned."""
    return sum(b * (a + 1) for a, b in zip(sizes, sizes[1:]))
