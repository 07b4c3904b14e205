#!/usr/bin/env bash
# Guess: torchvision.ops.box_iou takes boxes of any integer dtype (it widens them before it
# multiplies, so that areas do not overflow), and an IoU lies between 0 and 1.
#
# Seen: two boxes that do not touch, as uint8, which holds every corner of an image up to 255 pixels
# wide, have an IoU below 0: -1.0083 for the two below, where all wider dtypes give 0. The generalized
# IoU is -39.5. Both sides of the intersection are differences of corners; they are taken in uint8,
# where 10 - 20 is 246, and widened after that. Areas are right, since a box's own sides are not
# negative. Boxes that do overlap have the right IoU, and nms refuses uint8 with an error, so the
# fault shows only in a matrix of IoUs, as a matcher's best-overlap rule would use it.
#
# torchvision 0.29.1 with torch 2.14.1, Python 3.11, 1 December 2026.
set -euo pipefail

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3 -m venv "$place/env"
"$place/env/bin/pip" install --quiet --disable-pip-version-check torch==2.14.1 torchvision==0.29.1 numpy==2.4.6

cat > "$place/look.py" <<'PYTHON'
import sys

import torch
import torchvision
from torchvision.ops import box_area, box_iou, generalized_box_iou

print("torch", torch.__version__, "torchvision", torchvision.__version__)
one, other = [[0, 0, 10, 10]], [[20, 20, 40, 40]]
found = {}
for dtype in (torch.uint8, torch.int16, torch.int64, torch.float32):
    pair = torch.tensor(one, dtype=dtype), torch.tensor(other, dtype=dtype)
    found[dtype] = box_iou(*pair).item()
    areas = [int(box_area(boxes)) for boxes in pair]
    generalized = generalized_box_iou(*pair).item()
    print(f"{dtype}: areas {areas}, IoU {found[dtype]:.4f}, generalized IoU {generalized:.4f}")
narrow = found.pop(torch.uint8)
if narrow < 0 and set(found.values()) == {0.0}:
    print("as described: an IoU below 0 for uint8, and 0 for the others")
else:
    sys.exit("changed: expected an IoU below 0 for uint8 and 0 for the others")
PYTHON
cd "$place"
"$place/env/bin/python" look.py
