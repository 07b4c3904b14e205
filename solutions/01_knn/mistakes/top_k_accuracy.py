"""Wrong answers to `top_k_accuracy` that students really give, and right ones written another way."""

import numpy as np

from autograder.authoring.catalogue import alternative, mistake


@mistake(
    "top_k_accuracy",
    hint="The k lowest scores were taken. Which end of your order holds the best class?",
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
