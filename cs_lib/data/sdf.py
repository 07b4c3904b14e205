"""Signed distances to plane shapes: negative inside, zero on the outline, positive outside.

Every function takes coordinates u (to the right) and v (up), any shapes that broadcast, and a
shape of roughly unit radius around the origin. Unions and cuts are minima and maxima of
distances, exact on the outline, which is all that drawing needs.
"""

import numpy as np


def circle(u, v, *, center=(0.0, 0.0), radius=1.0):
    """Distance to a circle."""
    return np.hypot(u - center[0], v - center[1]) - radius


def polygon(u, v, vertices):
    """Distance to a simple polygon, vertices: (V, 2) in either direction of travel."""
    vertices = np.asarray(vertices)
    nearest = np.full(np.broadcast(u, v).shape, np.inf)
    inside = np.zeros(nearest.shape, bool)
    for (au, av), (bu, bv) in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
        du, dv = u - au, v - av  # from the edge's start to the point
        eu, ev = bu - au, bv - av  # along the edge
        t = np.clip((du * eu + dv * ev) / (eu * eu + ev * ev), 0, 1)
        nearest = np.minimum(nearest, (du - t * eu) ** 2 + (dv - t * ev) ** 2)
        # A ray to the right crosses this edge: an odd number of crossings means inside.
        crosses = (av > v) != (bv > v)
        inside ^= crosses & ((du * ev < dv * eu) == (ev > 0))
    return np.where(inside, -1, 1) * np.sqrt(nearest)


def stroke(u, v, half_length, half_width):
    """Distance to a round-ended stroke along u."""
    return np.hypot(np.maximum(np.abs(u) - half_length, 0), v) - half_width


def _around(radii):
    """Vertices at equal angles and the given radii, the first at the top: (V,) -> (V, 2)."""
    angle = np.pi / 2 + 2 * np.pi * np.arange(len(radii)) / len(radii)
    return np.stack([radii * np.cos(angle), radii * np.sin(angle)], axis=1)


def _mirrored(right):
    """The right half of an outline, from top to bottom -> the whole of it, symmetric in u."""
    right = np.asarray(right)
    return np.concatenate([right, (right * [-1, 1])[::-1]])


TRIANGLE = _around(np.full(3, 1.15)) - [0, 0.15]
SQUARE = np.array([[-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]])
STAR = _around(np.tile([1.2, 0.5], 5))
CROSS = _mirrored([[0.34, 1], [0.34, 0.34], [1, 0.34], [1, -0.34], [0.34, -0.34], [0.34, -1]])
ARROW = _mirrored([[0.0, 1.15], [0.95, 0.1], [0.34, 0.1], [0.34, -1.05]])[1:]
BOLT = np.array(
    [[0.35, 1.2], [-0.85, -0.3], [-0.08, -0.3], [-0.35, -1.2], [0.85, 0.3], [0.08, 0.3]]
)
DIAMOND = np.array([[0, -1.1], [0.99, -0.11], [0, 0.88], [-0.99, -0.11]])


def ring(u, v):
    """Distance to a circle's thick outline."""
    return np.abs(circle(u, v, radius=0.78)) - 0.27


def moon(u, v):
    """Distance to a crescent: a disc with another cut out of it."""
    return np.maximum(circle(u + 0.1, v, radius=1.08), -circle(u - 0.42, v, radius=0.82))


def heart(u, v):
    """Distance to a heart: a square on its corner with a disc on each upper side."""
    lobes = circle(np.abs(u), v, center=(0.495, 0.385), radius=0.7)
    return np.minimum(lobes, polygon(u, v, DIAMOND))
