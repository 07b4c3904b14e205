# Displays 400 outputs.
# told: 200 outputs or more
from IPython.display import display

for number in range(400):
    display(number)
