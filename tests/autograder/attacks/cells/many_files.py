# Makes a hundred thousand empty files.
# told: writes files
# plain: 0; made
import os

try:
    os.makedirs("many", exist_ok=True)
    for number in range(100_000):
        open(f"many/dl4cv-{number}", "w").close()
except OSError as error:
    print(error)
