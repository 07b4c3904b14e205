"""Convolutional neural fabrics [Saxena & Verbeek 2016]: a grid of layers × scales that holds many
networks at once, each of them a path through it.

18,006,666 parameters with 8 layers, 6 scales and 128 maps at each node. This is the paper's dense
fabric, whose nodes see all maps of three nodes of the layer before; in its sparse one each map is
connected to nearby maps alone.
"""

import torch

from cs_lib.torch import nn
from cs_lib.torch.models.blocks import check_images, scale_for_relu
from cs_lib.torch.nn import functional as F

__all__ = ["Fabric"]


class Fabric(nn.Module):
    """A fabric for classification. x: (N, in_channels, H, W) -> scores: (N, num_classes)

    Node (layer, scale) has channels maps of H/2^scale × W/2^scale pixels: the ReLU of the norm of a
    sum over its edges. They come from the layer before, 3 × 3 filters each: from the same scale;
    from the finer, with stride 2; from the coarser, transposed with stride 2. In the first and the
    last layer nodes also see the finer one of the same layer, so that all are reached. Images enter
    at (0, 0), scores leave at (layers - 1, scales - 1).

    edges: the pairs of nodes to keep, [((0, 0), (1, 0)), …]; None: all. Nodes and edges that are on
    no way from the image to the scores are left out. H and W: multiples of 2^(scales - 1).
    """

    def __init__(
        self,
        layers=8,
        num_classes=10,
        *,
        channels=64,
        scales=6,
        in_channels=3,
        edges=None,
        rng=None,
    ):
        super().__init__()
        if layers < 2 or scales < 1:
            raise ValueError(
                f"Fabric: layers is {layers}, scales {scales}; it needs at least 2 and 1"
            )
        self.layers, self.scales, self.in_channels = layers, scales, in_channels
        self.least = 2 ** (scales - 1)
        there = self._all_edges()
        if edges is not None and (strange := [edge for edge in edges if edge not in there]):
            raise ValueError(
                f"Fabric: {strange[0]} is no edge; one leads a layer on, from (layer, scale) to a "
                "scale at most 1 away, or to the next coarser scale within the first or last layer"
            )
        self.entry = nn.Conv2d(in_channels, channels, 3, padding=1, bias=False, rng=rng)
        self.convs, self.norms = torch.nn.ModuleDict(), torch.nn.ModuleDict()
        for edge in there if edges is None else sorted(edges, key=there.index):
            (_, start), (_, end) = edge
            if end < start:  # from the coarser scale
                conv = nn.ConvTranspose2d(channels, channels, 3, 2, 1, 1, bias=False, rng=rng)
            else:
                stride = 1 + (end > start)
                conv = nn.Conv2d(channels, channels, 3, stride, 1, bias=False, rng=rng)
            self.convs[_key(*edge)] = conv
        for node in [(layer, scale) for layer in range(layers) for scale in range(scales)]:
            self.norms[_key(node)] = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels, num_classes, rng=rng)
        scale_for_relu(self.entry, self.convs)
        self._keep(self.edges, "edges")

    @property
    def edges(self):
        """The edges there are, in the order of a forward pass: [((layer, scale), …), …]"""
        return [edge for edge in self._all_edges() if _key(*edge) in self.convs]

    def _all_edges(self):
        found = []
        for layer in range(self.layers):
            for scale in range(self.scales):
                if layer:
                    near = range(max(0, scale - 1), min(self.scales, scale + 2))
                    found += [((layer - 1, other), (layer, scale)) for other in near]
                if scale and layer in (0, self.layers - 1):
                    found.append(((layer, scale - 1), (layer, scale)))
        return found

    def strengths(self):
        """How strong each edge is, the mean of its squared weights -> {edge: strength}"""
        return {
            edge: self.convs[_key(*edge)].weight.detach().square().mean().item()
            for edge in self.edges
        }

    def prune(self, count):
        """Take out the count weakest edges, and with them what is then on no way to the scores.

        Returns the edges that are left. ValueError if no way from the image to the scores is left;
        then nothing is taken out.
        """
        strengths = self.strengths()
        weakest = set(sorted(strengths, key=strengths.get)[:count])
        self._keep([edge for edge in self.edges if edge not in weakest], f"prune({count})")
        return self.edges

    def _keep(self, edges, what):
        """Keep those of edges that are on a way from the image to the scores, and their nodes"""
        first, last = (0, 0), (self.layers - 1, self.scales - 1)
        reached, leading = {first}, {last}
        for start, end in edges:  # in the order of the forward pass
            if start in reached:
                reached.add(end)
        for start, end in reversed(edges):
            if end in leading:
                leading.add(start)
        nodes = reached & leading
        if last not in nodes:
            raise ValueError(
                f"Fabric: {what} leaves no way from {first} to {last}; keep more edges"
            )
        kept = {_key(start, end) for start, end in edges if {start, end} <= nodes}
        for modules, keys in ((self.convs, kept), (self.norms, {_key(node) for node in nodes})):
            for key in [key for key in modules if key not in keys]:
                del modules[key]

    def forward(self, x):
        check_images(self, x)
        if x.shape[2] % self.least or x.shape[3] % self.least:
            raise ValueError(
                f"Fabric: x has shape {tuple(x.shape)}; with {self.scales} scales H and W must be "
                f"multiples of {self.least}"
            )
        sums, edges = {(0, 0): self.entry(x)}, self.edges
        for layer in range(self.layers):
            for scale in range(self.scales):
                if (node := (layer, scale)) not in sums:
                    continue  # nothing leads here any more
                y = F.relu(self.norms[_key(node)](sums.pop(node)))
                for start, end in edges:
                    if start == node:
                        term = self.convs[_key(start, end)](y)
                        sums[end] = sums[end] + term if end in sums else term
        return self.fc(y.mean(dim=(2, 3)))  # the last node is the last of the loop


def _key(*nodes):
    return " to ".join(f"{layer},{scale}" for layer, scale in nodes)
