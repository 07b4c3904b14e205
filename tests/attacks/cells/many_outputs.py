# Displays 20,000 outputs.
# told: 200 outputs or more
# plain: ?
from IPython.display import display

for number in range(20_000):
    display(number)
