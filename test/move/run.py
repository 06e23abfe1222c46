#!/usr/bin/env python3
"""A district moved from SQLite to a real PostgreSQL and back. Give --wangge and, if you like, names of modules."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.runner import main  # noqa: E402 -- needs the path above

sys.exit(main(HERE))
