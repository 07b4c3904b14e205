# Leaves modules with the names of libraries where the grader might import them from.
# told: names sitecustomize.py
import os

modules = ("sitecustomize.py", "autograder.py", "numpy.py")
folders = dict.fromkeys((".", "@ROOT@", "@COURSE@", "@HOME@"), modules)
folders |= dict.fromkeys(("/tmp", "/dev/shm"), ("dl4cv-planted",))
for folder, names in folders.items():
    for name in names:
        try:
            with open(os.path.join(folder, name), "x") as file:
                file.write("# planted\n")
        except OSError:
            pass
