"""What the figures were taken on."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from importlib.metadata import version
from pathlib import Path

LIBRARIES = ("starlette", "uvicorn", "uvloop", "httptools", "sqlalchemy", "argon2-cffi")


def facts() -> dict[str, str]:
    """Return name and value of everything that a figure depends on."""
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return {
        "Date": time.strftime("%Y-%m-%d", time.gmtime()),
        "CPU": f"{cpu_model()}, {os.cpu_count()} cores",
        "System": f"{platform.system()} {platform.release()}",
        "Python": python,
        "SQLite": sqlite3.sqlite_version,
        "Libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "Service": version("trifactor"),
        "Load before": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


def cpu_model() -> str:
    """Return what the processor calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())
