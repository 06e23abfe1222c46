"""The package as `make package` makes it, once a run."""
import functools
import pathlib
import subprocess

from support.server import ROOT


@functools.cache
def built() -> pathlib.Path:
    for old in (ROOT / "build-package").glob("*.deb"):
        old.unlink()
    done = subprocess.run(["make", "-s", "package"], cwd=ROOT, text=True, capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"make package fails:\n{(done.stdout + done.stderr)[-5000:]}")
    [deb] = (ROOT / "build-package").glob("wangge_*.deb")
    return deb


def settings(*files: pathlib.Path) -> dict[str, str]:
    """What a unit's Environment= lines and an EnvironmentFile say, the later winning."""
    found = {}
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            name, equals, value = line.removeprefix("Environment=").partition("=")
            if equals and name.startswith("WANGGE_"):
                found[name] = value
    return found
