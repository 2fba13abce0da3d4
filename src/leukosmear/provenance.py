"""Where a result comes from: the code, the machine and the packages that made it."""

import hashlib
import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_PACKAGES = ("leukosmear", "kedro", "keras", "tensorflow", "scikit-learn", "scikit-image", "numpy", "pandas", "pillow")


def describe_commit(project: Path) -> str:
    """Name the commit of a project's files.

    Args:
        project: The project's folder.

    Returns:
        The first twelve digits of git's hash, followed by ", with uncommitted changes" where there are any or git did
        not tell; or why there is none.
    """
    commit = _ask_git(project, "rev-parse", "--short=12", "HEAD")
    if commit is None:
        return "unknown: not a git repository"
    changes = _ask_git(project, "status", "--porcelain")
    if changes is None:
        return f"{commit}, perhaps with uncommitted changes"
    return commit + (", with uncommitted changes" if changes else "")


def _ask_git(project: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(
            ["git", *arguments], cwd=project, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()


def describe_code() -> str:
    """Compute one hash of all files of the package, by which a result of other code is known.

    Returns:
        The SHA-256, in hexadecimal digits, of the names and contents of the files, caches left out.
    """
    package = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(path for path in package.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(path.relative_to(package).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def describe_machine() -> dict[str, Any]:
    """Describe the machine without its name.

    Returns:
        `system`, `processor`, `cores` (those that this process may use) and `memory_bytes` (None where the system
        does not say).
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _name_processor(),
        "cores": cores,
        "memory_bytes": _measure_memory(),
    }


def _name_processor() -> str:
    """Name the processor as Linux does, or as Python can elsewhere."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _measure_memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):
        return None


def installed_versions() -> dict[str, str]:
    """Look up the versions of the packages that the results depend on.

    Returns:
        Version per package, "not installed" where it is missing.
    """
    return {"python": platform.python_version(), **{name: _version_of(name) for name in _PACKAGES}}


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
