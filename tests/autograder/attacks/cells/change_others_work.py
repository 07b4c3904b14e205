# Writes into another student's submission and into another student's feedback.
# told: writes files
for path in (
    "@COURSE@/submitted/honest-all/00_guard/00_guard.ipynb",
    "@COURSE@/feedback/honest-all/00_guard/00_guard.html",
    "@COURSE@/autograded/honest-all/00_guard/00_guard.ipynb",
    "../../../submitted/honest-all/00_guard/00_guard.ipynb",
    "../../../feedback/honest-all/00_guard/00_guard.html",
):
    try:
        import os

        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w").write("forged")
    except OSError as error:
        print(error)
