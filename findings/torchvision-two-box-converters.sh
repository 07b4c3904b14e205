#!/usr/bin/env bash
# Guess: torchvision has one arithmetic for the formats of boxes: ops.box_convert, and
# convert_bounding_box_format of transforms.v2, say the same of the same box, and there and back
# again is where one was.
#
# Seen: for whole numbers, which tv_tensors.BoundingBoxes makes of a list of Python's, they do not.
# A box of 3 by 3 has its centre at 1.5: ops.box_convert goes over to floating point and says so; v2
# keeps the dtype and says 1. Back at corners the box has lost a row and a column. A box that starts
# out as centre and size keeps its size, and its centre moves by a pixel up and to the left. Boxes
# with even sides survive both ways. (A second guess was wrong, too, that flips and turns of such
# boxes would move them: those work in floating point and give back what they were given.)
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
from torchvision import tv_tensors
from torchvision.ops import box_convert
from torchvision.transforms.v2 import functional as v2

print("torch", torch.__version__, "torchvision", torchvision.__version__)
back = {}
for side in (4, 3):
    corners = [[0, 0, side, side]]
    plain = box_convert(torch.tensor(corners), "xyxy", "cxcywh")
    boxes = tv_tensors.BoundingBoxes(corners, format="XYXY", canvas_size=(20, 20))
    centre = v2.convert_bounding_box_format(boxes, new_format="CXCYWH")
    back[side] = v2.convert_bounding_box_format(centre, new_format="XYXY").tolist()
    print(f"{corners}: ops {plain.tolist()}, v2 {centre.tolist()}, v2 and back {back[side]}")
boxes = tv_tensors.BoundingBoxes([[10, 10, 3, 3]], format="CXCYWH", canvas_size=(20, 20))
corners = v2.convert_bounding_box_format(boxes, new_format="XYXY")
again = v2.convert_bounding_box_format(corners, new_format="CXCYWH").tolist()
print(f"centre and size {boxes.tolist()}: v2 {corners.tolist()}, v2 and back {again}")
same = plain[0, 0] == 1.5 and back == {4: [[0, 0, 4, 4]], 3: [[0, 0, 2, 2]]}
if same and again == [[9, 9, 3, 3]]:
    print("as described: there and back an odd box loses a pixel of its sides, or its centre moves")
else:
    sys.exit("changed: expected the sides to lose a pixel, and the centre to move by one")
PYTHON
cd "$place"
"$place/env/bin/python" look.py
