# Appends code to the grader's configuration, to be run the next time.
# told: names nbgrader_config
for path in ("@ROOT@/nbgrader_config.py", "../../../nbgrader_config.py", "@HOME@/.bashrc"):
    try:
        with open(path, "a") as file:
            file.write("\n# changed\n")
    except OSError as error:
        print(error)
