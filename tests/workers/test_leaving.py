"""Python drops what is raised in a destructor: a process that was told to leave there leaves all the same."""

import subprocess
import sys
import textwrap

PROCESS = """
    import os, signal, sys, time
    from workers import leaving

    class Compiled:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.01)

    leaving.insist()
    try:
        for _ in range({objects}):
            Compiled()
        time.sleep(20)
    except SystemExit:
        print("given back")
        raise
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True, timeout=60)


def told_in_destructors(objects: int) -> subprocess.CompletedProcess[str]:
    return run(textwrap.dedent(PROCESS).format(objects=objects))


def test_an_order_to_leave_that_a_destructor_dropped_is_given_again() -> None:
    left = told_in_destructors(1)
    assert (left.returncode, left.stdout, left.stderr) == (143, "given back\n", "")


def test_it_is_given_until_it_arrives() -> None:
    """Destructors for half a second: the order that is given again falls into one of them as well."""
    left = told_in_destructors(50)
    assert (left.returncode, left.stdout) == (143, "given back\n")


def test_what_else_cannot_be_raised_is_reported_as_before() -> None:
    code = "from workers import leaving\nleaving.insist()\nclass A:\n def __del__(self): 1 / 0\nA()\n"
    left = run(code)
    assert left.returncode == 0
    assert "ZeroDivisionError" in left.stderr
