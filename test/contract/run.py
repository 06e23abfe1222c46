#!/usr/bin/env python3
"""The OpenAPI document against routes and recorded answers (test/http/run.py --answers FILE)."""
import os
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.runner import main  # noqa: E402 -- needs the path above

if "--answers" in sys.argv:
    at = sys.argv.index("--answers")
    os.environ["WANGGE_ANSWERS"] = str(pathlib.Path(sys.argv[at + 1]).resolve())
    del sys.argv[at:at + 2]
sys.exit(main(HERE))
