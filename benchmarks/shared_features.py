"""What it saves to compute an image's features once: R-CNN's order of steps and Fast R-CNN's.

    python -m benchmarks.shared_features [--windows 2000] [--crops 24]

VGG-16 with random weights, one image of 600 × 1000 pixels, one thread, processor time. R-CNN's
order: each window is cut out, scaled to 224 × 224 and sent through the whole network but its last
layer, 8 at a time. Fast R-CNN's: the convolutions run once on the image, each window is pooled from
their map to 7 × 7, and the two fully connected layers run on all windows together. Of the crops
some are timed, and their time is multiplied: each takes the same steps. All else is timed in full.
"""

import argparse
import os
import platform
import time

import torch
from torch.nn import functional as F

from benchmarks import _machine
from cs_lib.torch.detection import roi_pool
from cs_lib.torch.models import get_model
from cs_lib.torch.profile import profile

SIZE, CROP, AT_ONCE = (600, 1000), 224, 8


def windows(n, generator):
    """(n, 4) xyxy: between 20 pixels and the image's size, anywhere inside"""
    height, width = SIZE
    span = torch.tensor([width, height], dtype=torch.float32)
    sizes = 20 + torch.rand(n, 2, generator=generator) * (span - 20)
    corners = torch.rand(n, 2, generator=generator) * (span - sizes)
    return torch.cat((corners, corners + sizes), 1)


def seconds(run):
    start = time.process_time()
    result = run()
    return time.process_time() - start, result


def crops(image, boxes):
    """(n, 3, 224, 224): each window, cut out and scaled"""
    cut = []
    for x1, y1, x2, y2 in boxes.long().tolist():
        part = image[:, :, y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)]
        cut.append(F.interpolate(part, (CROP, CROP), mode="bilinear", align_corners=False))
    return torch.cat(cut)


def main(arguments=None):
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.shared_features",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--windows", type=int, default=2000)
    parser.add_argument("--crops", type=int, default=24, help="how many of them are timed as crops")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(0)
    image = torch.rand(1, 3, *SIZE, generator=generator)
    boxes = windows(options.windows, generator)
    with torch.inference_mode():
        print(table(image, boxes, min(options.crops, options.windows)))
    print(
        f"\n`python -m benchmarks.shared_features --windows {options.windows} --crops "
        f"{options.crops}`: 1 of {os.cpu_count()} CPU cores ({platform.machine()}, "
        f"{_machine.processor()}), torch {torch.__version__}."
    )


def table(image, boxes, timed):
    """Markdown: seconds and multiply-adds of both orders, and their ratio"""
    vgg = get_model("vgg16").eval()
    head = torch.nn.Sequential(torch.nn.Flatten(), *[*vgg.classifier][:-1])
    n = len(boxes)

    def apart():
        for some in boxes[:timed].split(AT_ONCE):
            head(vgg.features(crops(image, some)))

    def pool(features):
        rois = torch.cat((torch.zeros(n, 1), boxes), 1)
        return roi_pool(features, rois, 7, spatial_scale=1 / 16)

    body = vgg.features[:-1]  # a stride of 16: RoI pooling takes the last pooling's place
    apart(), body(image)  # once for nothing
    one_by_one = seconds(apart)[0] / timed * n
    at_once, features = seconds(lambda: body(image))
    pooling, pooled = seconds(lambda: pool(features))
    heads, _ = seconds(lambda: head(pooled))
    shared = at_once + pooling + heads
    c, f, whole = (
        profile(*pair).multiply_adds
        for pair in ((vgg.features, crops(image, boxes[:1])), (head, pooled[:1]), (body, image))
    )
    counted = n * (c + f), whole + n * f
    return "\n".join(
        [
            f"| {n:,} windows of one image | seconds | multiply-adds, G |",
            "|---|---|---|",
            f"| the network on each ({timed} timed) | {one_by_one:.1f} | {counted[0] / 1e9:,.0f} |",
            f"| the convolutions once: | {shared:.1f} | {counted[1] / 1e9:,.0f} |",
            f"| · convolutions of the image | {at_once:.1f} | {whole / 1e9:,.0f} |",
            f"| · RoI pooling | {pooling:.1f} | |",
            f"| · fully connected layers | {heads:.1f} | {n * f / 1e9:,.0f} |",
            f"| ratio | **{one_by_one / shared:.0f}** | {counted[0] / counted[1]:.0f} |",
        ]
    )


if __name__ == "__main__":
    main()
