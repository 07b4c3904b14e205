"""Classic image features: describe patches, learn a vocabulary, pool over the image."""

from cs_lib.numpy.features.descriptors import dense_descriptors
from cs_lib.numpy.features.fisher import (
    GMM,
    em,
    fisher_gradient,
    fisher_vector,
    fit_gmm,
    pca,
    posteriors,
)
from cs_lib.numpy.features.kmeans import assign, kmeans, kmeans_plus_plus, lloyd
from cs_lib.numpy.features.pyramid import spatial_pyramid

__all__ = [
    "GMM",
    "assign",
    "dense_descriptors",
    "em",
    "fisher_gradient",
    "fisher_vector",
    "fit_gmm",
    "kmeans",
    "kmeans_plus_plus",
    "lloyd",
    "pca",
    "posteriors",
    "spatial_pyramid",
]
