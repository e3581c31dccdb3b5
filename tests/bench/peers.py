"""The Python that has a peer's packages, which may stand in a chroot: PYTHON="chroot /srv/debian-13 python3"."""
import os
import shlex
import shutil
import subprocess

REFERENCE_BLAS = """
import glob, os
for path in glob.glob("/usr/lib/*/libblas.so.3"):
    print("reference" if "/blas/" in os.path.realpath(path) else "another")
"""


def words(python):
    return shlex.split(python)


def root(python):
    """The folder of a chroot that PYTHON names, or nothing."""
    command = words(python)
    if "chroot" not in command:
        return None
    folders = [word for word in command[command.index("chroot") + 1:] if not word.startswith("-")]
    return folders[0] if folders else None


def reachable(python, path):
    """An absolute path of a file or folder for that Python; within a chroot a copy stands at the same path."""
    path = os.path.abspath(path)
    inside = root(python)
    if inside:
        copy = inside + path
        os.makedirs(os.path.dirname(copy), exist_ok=True)
        if os.path.isdir(path):
            shutil.copytree(path, copy, dirs_exist_ok=True)
        else:
            shutil.copy2(path, copy)
    return path


def lacks(python, *modules):
    """Why that Python cannot run a peer that imports these modules, or nothing."""
    inside = root(python)
    if inside and not os.path.exists(inside + "/proc/cpuinfo"):
        # PyTorch would compute without AVX, several times slower than it can.
        return "/proc is empty in PYTHON's chroot, so PyTorch cannot know the processor: mount -t proc proc FOLDER/proc"
    code = "".join(f"import {module}\n" for module in modules) + REFERENCE_BLAS
    try:
        done = subprocess.run(words(python) + ["-c", code], capture_output=True, text=True, timeout=120)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        return f"PYTHON does not start: {type(error).__name__}"
    if done.returncode == 0:
        # 30 times slower in matrix products: no peer of anybody's choosing.
        return "PYTHON's BLAS is the reference one: apt-get install libopenblas0-pthread there" if "reference" in done.stdout else None
    said = done.stderr.strip().splitlines()
    return f"PYTHON lacks {', '.join(modules)}: {said[-1] if said else 'it fails'}"
