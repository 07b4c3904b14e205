# Attaches to a process of the instructor's with ptrace and reads its memory.
# told: imports ctypes
import ctypes

libc = ctypes.CDLL(None, use_errno=True)
pid = int("@PID@")
for call in (16, 17):  # attach, detach
    libc.ptrace(call, pid, 0, 0)
buffer = ctypes.create_string_buffer(64)
libc.process_vm_readv(pid, ctypes.byref(buffer), 1, ctypes.byref(buffer), 1, 0)
