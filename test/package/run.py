#!/usr/bin/env python3
"""The Debian package: what is in it and whether it runs. test_chroot, named, also installs it on a bare Debian."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from support.runner import main  # noqa: E402 -- needs the path above

sys.exit(main(HERE, ["test_deb"]))
