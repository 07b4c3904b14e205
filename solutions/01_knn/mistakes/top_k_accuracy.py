"""Wrong answers to `top_k_accuracy` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "top_k_accuracy",
    hint="Sorting is ascending. Which end of your order holds the best class?",
    read="sec-knn-topk",
)
def lowest_scores(scores, labels, k):
    """The k lowest scores are taken."""
    best = np.argsort(scores, axis=1)[:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake(
    "top_k_accuracy",
    hint="Only the very best class counts in your result, whatever k is.",
    read="sec-knn-topk",
)
def k_ignored(scores, labels, k):
    """k is ignored and only the best class counts."""
    return float((scores.argmax(axis=1) == labels).mean())


@mistake(
    "top_k_accuracy",
    hint="argsort tells which class stands at each place, not the place of each class.",
    read="sec-knn-topk",
)
def order_read_as_ranks(scores, labels, k):
    """The order of argsort is read as ranks."""
    order = np.argsort(-scores, axis=1)
    return float((order[np.arange(len(labels)), labels] < k).mean())


@mistake(
    "top_k_accuracy",
    hint="The scores were sorted down the columns: images compete with each other, not classes.",
    read="sec-knn-topk",
)
def sorted_along_images(scores, labels, k):
    """The scores are sorted along the wrong axis."""
    ranks = np.argsort(np.argsort(-scores, axis=0, kind="stable"), axis=0, kind="stable")
    return float((ranks[np.arange(len(labels)), labels] < k).mean())


@mistake(
    "top_k_accuracy",
    hint="This is a number of images. Divide by how many there are.",
    read="sec-knn-topk",
)
def number_of_hits(scores, labels, k):
    """Hits are counted and not divided by the number of images."""
    best = np.argsort(-scores, axis=1)[:, :k]
    return float((best == labels[:, None]).any(axis=1).sum())


@mistake(
    "top_k_accuracy",
    hint="You divide by N · k, as if each image had k right classes. Each has one.",
    read="sec-knn-topk",
)
def divided_by_k(scores, labels, k):
    """The result is divided by k as well."""
    best = np.argsort(-scores, axis=1)[:, :k]
    return float((best == labels[:, None]).mean())


@mistake(
    "top_k_accuracy",
    hint="Only k − 1 places count. With k = 1, the best class should be a hit.",
    read="sec-knn-topk",
)
def one_place_short(scores, labels, k):
    """One place too few counts."""
    best = np.argsort(-scores, axis=1)[:, : k - 1]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake(
    "top_k_accuracy",
    hint="np.isin and in search the whole array, so that another image's guess counts as a hit. Compare each label with its own row: top == labels[:, None].",
    read="sec-knn-topk",
)
def any_row(scores, labels, k):
    """A label is looked for among the top classes of all images."""
    top = np.argsort(scores, axis=1)[:, -k:]
    return float(np.isin(labels, top).mean())


@mistake(
    "top_k_accuracy",
    hint="A class that is ranked higher is a hit as well: the k-th place is the last that counts.",
    read="sec-knn-topk",
)
def kth_place_alone(scores, labels, k):
    """Only the k-th place counts."""
    best = np.argsort(-scores, axis=1)[:, k - 1 : k]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake(
    "top_k_accuracy",
    hint="No image counts as a hit. np.sort gives scores, but you compare with classes, which np.argsort gives; and one of the k classes has to be right, not all.",
    read="sec-knn-topk",
)
def scores_for_classes(scores, labels, k):
    """Nothing is ever a hit."""
    best = np.sort(scores, axis=1)[:, -k:]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake("top_k_accuracy", same_as="scores_for_classes")
def all_of_the_best(scores, labels, k):
    """All of the k best classes have to be right."""
    best = np.argsort(-scores, axis=1)[:, :k]
    return float((best == labels[:, None]).all(axis=1).mean())


@mistake(
    "top_k_accuracy",
    hint="k + 1 places count. Where k classes score higher, the true class is not among the first k.",
    read="sec-knn-topk",
)
def one_place_too_many(scores, labels, k):
    """One place too many counts."""
    own = scores[np.arange(len(labels)), labels][:, None]
    return float(((scores > own).sum(axis=1) <= k).mean())


@mistake(
    "top_k_accuracy",
    hint="This is the fraction of images whose class is not among the k best.",
    read="sec-knn-topk",
)
def fraction_of_misses(scores, labels, k):
    """Misses are counted, not hits."""
    best = np.argsort(-scores, axis=1)[:, :k]
    return 1 - float((best == labels[:, None]).any(axis=1).mean())


@mistake(
    "top_k_accuracy",
    hint="best has a row for each image. To compare each row with its own label, turn the labels into a column: labels[:, None].",
    read="sec-arrays-rule",
)
def labels_not_a_column(scores, labels, k):
    """The labels are no column, so they do not broadcast against the rows."""
    best = np.argsort(-scores, axis=1)[:, :k]
    return float((best == labels).any(axis=1).mean())


@mistake(
    "top_k_accuracy",
    corner="the largest k",
    hint="np.argpartition(x, k) needs a place k, and the places end at C − 1. To find the k best, put the place k − 1 in order.",
    read="sec-knn-topk",
)
def partition_at_k(scores, labels, k):
    """np.argpartition is asked for a place behind the last."""
    best = np.argpartition(-scores, k, axis=1)[:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake("top_k_accuracy", same_as="sorted_along_images")
def columns_of_the_wrong_order(scores, labels, k):
    """The scores are sorted down the columns, and the first k columns are taken."""
    best = np.argsort(-scores, axis=0)[:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake("top_k_accuracy", same_as="sorted_along_images")
def last_columns_of_the_wrong_order(scores, labels, k):
    """The scores are sorted down the columns, and the last k columns are taken."""
    best = np.argsort(scores, axis=0)[:, -k:]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake("top_k_accuracy", same_as="sorted_along_images")
def last_rows_of_the_wrong_order(scores, labels, k):
    """The scores are sorted down the columns, and the last k rows are taken."""
    best = np.argsort(scores, axis=0)[-k:]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake("top_k_accuracy", same_as="sorted_along_images")
def partitioned_along_images(scores, labels, k):
    """The scores are partitioned down the columns."""
    best = np.argpartition(-scores, k - 1, axis=0)[:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake(
    "top_k_accuracy",
    hint="[::-1] turns the order of the rows round: the images, not the classes. [:, ::-1] turns each row.",
    read="sec-knn-topk",
)
def images_turned_round(scores, labels, k):
    """The images are reversed, not the classes."""
    best = np.argsort(scores, axis=1)[::-1][:, :k]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake("top_k_accuracy", same_as="images_turned_round")
def images_turned_round_last_columns(scores, labels, k):
    """The images are reversed, and the last k columns are taken."""
    best = np.argsort(scores, axis=1)[::-1][:, -k:]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake(
    "top_k_accuracy",
    hint="You find a hit for everybody. [:k] takes the first k images, with all their classes; and any(axis=0) asks whether any image has a hit. For each image, look along its own row: [:, :k], and any(axis=1).",
    read="sec-knn-topk",
)
def everything_is_a_hit(scores, labels, k):
    """Everything is a hit: rows are taken for columns."""
    best = np.argsort(-scores, axis=1)[:k]
    return float((best == labels[:k, None]).any(axis=1).mean())


@mistake(
    "top_k_accuracy",
    hint="You return whether each image is a hit. The accuracy is the mean over the images, one number.",
    read="sec-knn-topk",
)
def hits_not_averaged(scores, labels, k):
    """The hits are not averaged."""
    best = np.argsort(-scores, axis=1)[:, :k]
    return (best == labels[:, None]).any(axis=1)


@mistake(
    "top_k_accuracy",
    hint="The text asks for a fraction, between 0 and 1.",
    read="sec-knn-topk",
)
def in_per_cent(scores, labels, k):
    """The result is in per cent."""
    best = np.argsort(-scores, axis=1)[:, :k]
    return 100 * float((best == labels[:, None]).any(axis=1).mean())


@mistake("top_k_accuracy", same_as="everything_is_a_hit")
def any_along_the_images(scores, labels, k):
    """any goes along the wrong axis."""
    best = np.argsort(-scores, axis=1)[:, :k]
    return float((best == labels[:, None]).any(axis=0).mean())


# --- right answers, written another way ---


@alternative("top_k_accuracy")
def by_counting(scores, labels, k):
    """The true class is among the k best if fewer than k classes score higher."""
    own = scores[np.arange(len(labels)), labels][:, None]
    return float(np.mean((scores > own).sum(axis=1) < k))


@alternative("top_k_accuracy")
def by_partition(scores, labels, k):
    """argpartition finds the k best without sorting them."""
    best = np.argpartition(scores, -k, axis=1)[:, -k:]
    return sum(label in row for label, row in zip(labels, best, strict=True)) / len(labels)


@mistake(
    "top_k_accuracy",
    hint="A slice ends before its second number, so [-k:-1] leaves out the last place, where the best class is. [-k:] goes to the end.",
    read="sec-knn-topk",
)
def best_left_out(scores, labels, k):
    """The best class is cut off by [-k:-1]."""
    best = np.argsort(scores, axis=1)[:, -k:-1]
    return float((best == labels[:, None]).any(axis=1).mean())


@mistake(
    "top_k_accuracy",
    hint="You take the accuracy of each class and average these. Every image counts the same here, whatever its class.",
    read="sec-knn-topk",
)
def mean_over_classes(scores, labels, k):
    """The accuracy is averaged over the classes."""
    best = np.argsort(-scores, axis=1)[:, :k]
    hit = (best == labels[:, None]).any(axis=1)
    return float(np.mean([hit[labels == c].mean() for c in np.unique(labels)]))


@mistake(
    "top_k_accuracy",
    corner="many classes",
    at="top_k_accuracy: 6 images, 500 classes, k = 3",
    hint="np.argpartition sorts nothing: all it promises is that the place you name is right, with smaller numbers before it and larger ones behind. "
    "For the k largest, name the place −k. (Short rows may come out sorted all the same, and so a wrong place goes unnoticed.)",
    read="sec-knn-topk",
)
def partition_at_the_wrong_end(scores, labels, k):
    """np.argpartition puts another place in order than the one at which you cut."""
    best = np.argpartition(scores, min(k, scores.shape[1] - 1), axis=1)[:, -k:]
    return float((best == labels[:, None]).any(axis=1).mean())
