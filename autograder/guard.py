"""Our own code works on what students wrote in a process of its own: with a deadline, bounded
memory and a catch, so that one student's trouble is one student's line.

    with Guard(Desk, built) as guard:
        guard.call("take", student, folder).result()    # Desk(built).take(student, folder)

A regular expression, a parser or a renderer may need hours or gigabytes for a text that somebody
made for it, or that nobody did. What runs here is trusted; what it reads is not.
"""

import multiprocessing
import resource
from concurrent.futures import TimeoutError as Late

from pebble import ProcessExpired, ProcessPool

from autograder.project import UserError

SECONDS = 30.0  # that a call may take
MEMORY = 2 << 30  # bytes of address space that the process may have


class Trouble(Exception):
    """A call that came to nothing. The message is a line for a person; more: for a log, or ""."""

    def __init__(self, line, more=""):
        super().__init__(line)
        self.more = more


class Guard:
    """An object in each of some processes, and calls of its methods there; a context manager.

    make(*args) makes the object, once in each process. Both are pickled, as are all arguments and
    results. jobs: how many processes, started when there is something to do.
    """

    def __init__(self, make, *args, jobs=1, seconds=None, memory=None):
        self._made, self._seconds = (make, args), seconds or SECONDS
        # Not forked from here, where threads may hold locks.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([make.__module__])
        limit = memory or MEMORY
        self._pool = ProcessPool(jobs, initializer=_bound, initargs=[limit], context=context)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._pool.stop()
        self._pool.join()

    def call(self, method, *args):
        """A Call of a method."""
        arguments = (self._made, method, args)
        return Call(self._pool.schedule(_call, args=arguments, timeout=self._seconds), self)


class Call:
    """What `Guard.call` gives."""

    def __init__(self, future, guard):
        self._future, self._guard = future, guard

    def result(self):
        """What the method gave. Raises Trouble where it gave nothing, or the method's UserError."""
        try:
            return self._future.result()
        except Late:
            raise Trouble(f"it takes more than {self._guard._seconds:g} seconds to read") from None
        except ProcessExpired as error:
            raise Trouble(
                f"it ended the process that read it (exit code {error.exitcode})"
            ) from None
        except MemoryError:
            raise Trouble("it takes too much memory to read") from None
        except UserError:
            raise
        except Exception as error:  # of ours, on what nobody has thought of
            line = f"{type(error).__name__}: {error}".split("\n")[0][:200]
            raise Trouble(line, getattr(error, "traceback", "")) from None


# --- in the process ---

_objects = {}  # {make: what it made}


def _bound(memory):
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _call(made, method, args):
    make, given = made
    if make not in _objects:
        _objects[make] = make(*given)
    return getattr(_objects[make], method)(*args)
