# Fills /tmp, shared memory and the working directory.
# told: writes files
for folder in ("/tmp", "/dev/shm", ".", "@HOME@"):
    try:
        with open(f"{folder}/dl4cv-planted-filler", "wb") as file:
            for _ in range(100):
                file.write(b"x" * (1 << 20))
    except OSError as error:
        print(error)
