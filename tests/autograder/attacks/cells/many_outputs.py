# Displays 2,000 outputs.
# told: 200 outputs or more
# plain: 0; all of them kept
from IPython.display import display

for number in range(2_000):
    display(number)
