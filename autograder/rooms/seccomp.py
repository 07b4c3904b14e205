"""The system calls that code in a room may not make: a filter for the kernel [seccomp(2)].

A deny list: Python, torch and what students install use some two hundred calls, which differ with
the version of libc. What is refused here is what leads out of the room, to other processes, or to
parts of the kernel where most holes were found.
"""

import errno
import platform
import struct

# name: system call number on (x86_64, aarch64); None where there is none
_DENIED = {
    # the file system of the room, and the way back to the old one
    **{"mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51)},
    **{"open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430)},
    **{"fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433)},
    **{"mount_setattr": (442, 442), "name_to_handle_at": (303, 264)},
    **{"open_by_handle_at": (304, 265), "quotactl": (179, 60), "swapon": (167, 224)},
    **{"swapoff": (168, 225), "fanotify_init": (300, 262), "acct": (163, 89)},
    # new namespaces give all rights inside them: most of the kernel's holes lie behind these
    **{"unshare": (272, 97), "setns": (308, 268)},
    # other processes
    **{"ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271)},
    **{"kcmp": (312, 272), "pidfd_getfd": (438, 438), "process_madvise": (440, 440)},
    # large or often broken parts of the kernel that no notebook needs
    **{"bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282)},
    **{"io_uring_setup": (425, 425), "io_uring_enter": (426, 426)},
    **{"io_uring_register": (427, 427), "modify_ldt": (154, None), "vmsplice": (278, 75)},
    # keys are not in a namespace: they outlive the room
    **{"add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219)},
    # the machine
    **{"kexec_load": (246, 104), "kexec_file_load": (320, 294), "init_module": (175, 105)},
    **{"finit_module": (313, 273), "delete_module": (176, 106), "reboot": (169, 142)},
    **{"syslog": (103, 116), "settimeofday": (164, 170), "clock_settime": (227, 112)},
    **{"adjtimex": (159, 171), "clock_adjtime": (305, 266), "sethostname": (170, 161)},
    **{"setdomainname": (171, 162), "iopl": (172, None), "ioperm": (173, None)},
}
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}
_NPROC = 6  # RLIMIT_NPROC, for the two calls that set limits: (160, 164) and (302, 261)
_NAMESPACES = 0x7E020000  # clone's flags for new ones: cgroup, uts, ipc, user, pid, net, mount


def number(name):
    """The number of a system call on this machine; None if it has no such call."""
    return _DENIED[name][_machine()[1]]


def _machine():
    if platform.machine() not in _MACHINES:
        raise OSError(f"no list of system calls for {platform.machine()}")
    return _MACHINES[platform.machine()]


def program(*, hold=True):
    """The system calls that are refused, as a classic BPF program [seccomp(2)].

    hold: also those by which a process sets its own limit of processes, which may be lowered from
    outside for a while (`usage.no_new_processes`).
    """
    arch, column = _machine()
    allow, refuse = 0x7FFF0000, 0x00050000  # refuse | errno
    load, equal, above, bits, answer = 0x20, 0x15, 0x35, 0x45, 0x06

    code = [(load, 0, 0, 4), (equal, 1, 0, arch), (answer, 0, 0, 0x80000000)]  # kill: 32-bit calls
    code += [(load, 0, 0, 0)]
    if column == 0:  # x32: the same calls under other numbers
        code += [(above, 0, 1, 0x40000000), (answer, 0, 0, refuse | errno.EPERM)]
    for numbers in _DENIED.values():
        if numbers[column] is not None:
            code += [(equal, 0, 1, numbers[column]), (answer, 0, 0, refuse | errno.EPERM)]
    # clone3 hides its flags from us: libc then uses clone
    code += [(equal, 0, 1, 435), (answer, 0, 0, refuse | errno.ENOSYS)]
    code += [(equal, 0, 4, (56, 220)[column]), (load, 0, 0, 16), (bits, 0, 1, _NAMESPACES)]
    code += [(answer, 0, 0, refuse | errno.EPERM), (answer, 0, 0, allow)]
    # Only unix, inet, inet6: a vsock reaches a virtual machine's host, whatever the namespace.
    code += [(equal, 0, 6, (41, 198)[column]), (load, 0, 0, 16)]
    code += [(equal, 3, 0, 1), (equal, 2, 0, 2), (equal, 1, 0, 10)]
    code += [(answer, 0, 0, refuse | errno.EAFNOSUPPORT), (answer, 0, 0, allow)]
    if hold:
        code += [(equal, 0, 4, (160, 164)[column]), (load, 0, 0, 16), (equal, 0, 1, _NPROC)]
        code += [(answer, 0, 0, refuse | errno.EPERM), (answer, 0, 0, allow)]
        # prlimit64 of it, where the address of a new limit, two halves of it, is not 0
        code += [(equal, 0, 8, (302, 261)[column]), (load, 0, 0, 24), (equal, 0, 5, _NPROC)]
        code += [(load, 0, 0, 32), (equal, 0, 2, 0), (load, 0, 0, 36), (equal, 1, 0, 0)]
        code += [(answer, 0, 0, refuse | errno.EPERM), (answer, 0, 0, allow)]
    # Asking not to die with the supervisor: "done", and nothing happens.
    code += [(equal, 0, 3, (157, 167)[column]), (load, 0, 0, 16), (equal, 0, 1, 1)]
    code += [(answer, 0, 0, refuse | 0), (answer, 0, 0, allow)]
    return b"".join(struct.pack("HBBI", *line) for line in code)
