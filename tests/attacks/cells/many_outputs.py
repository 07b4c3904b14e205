# Displays 20,000 outputs.
# told: 200 outputs or more
# plain: 0; all of them kept
from IPython.display import display

for number in range(20_000):
    display(number)
