# Connects to a program of the instructor's on this machine, and to the internet.
# told: imports socket
import socket

for kind, address in (
    (socket.AF_INET, ("127.0.0.1", int("@PORT@"))),
    (socket.AF_UNIX, "\0dl4cv-canary-@PORT@"),
    (socket.AF_INET, ("192.0.2.1", 80)),
):
    try:
        with socket.socket(kind) as s:
            s.settimeout(0.3)
            s.connect(address)
            s.sendall(b"hello")
    except OSError as error:
        print(error)
