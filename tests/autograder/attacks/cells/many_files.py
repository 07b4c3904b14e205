# Makes 25,000 empty files, more than a room has room for.
# told: writes files
import os

try:
    os.makedirs("many", exist_ok=True)
    for number in range(25_000):
        open(f"many/dl4cv-{number}", "w").close()
except OSError as error:
    print(error)
