"""The files of the public flow editor: where they lie, which version, how they get there.

They are another project's (AGPL-3.0) and no part of this one: `samvad flow-editor install` fetches
them with npm, or unpacks the package that somebody has fetched elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import tarfile
import tempfile
from functools import lru_cache
from pathlib import Path

PACKAGE = "@glific/flow-editor"
VERSION = "1.43.0-10"
#: Digest of the package as npm states it; other bytes are not unpacked.
INTEGRITY = "sha512-1NH1KG26oXUZ+xxKywPXYzFUnfaBk1jqWjgSQWJxDKo69zqUe+eNdT0/idC6V+lzHUFH6t8jfdN7ItGnqiASKw=="
#: Where the code lies; an image has the editor's files there.
CODE = Path(__file__).resolve().parents[2]
#: Bytes that the unpacked package may have; it has about 12 MB.
MAX_UNPACKED_BYTES = 100 * 1024 * 1024
#: What is kept of the package.
_BUILD, _LICENSE = "package/build/", "package/LICENSE"
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


class NotTheEditor(Exception):
    """The file is not the package in the version that this product works with."""


def directory(home: Path) -> Path:
    """Where the files lie: within an installation's data, else beside the code in an image."""
    own, image = (base / "flow-editor" / VERSION for base in (home, CODE))
    return image if not _has_files(own) and _has_files(image) else own


def is_installed(home: Path) -> bool:
    """Whether the editor can be opened."""
    return _has_files(directory(home))


def _has_files(place: Path) -> bool:
    return (place / "asset-manifest.json").is_file()


def unpack(package: Path, home: Path) -> Path:
    """The files of `package`, an npm tarball, lie where `directory` says. Raises NotTheEditor.

    They appear all at once or not at all, and replace what an earlier attempt has left.
    """
    check_integrity(package)
    target = home / "flow-editor" / VERSION
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as name:
        made = Path(name) / "made"
        with tarfile.open(package) as archive:
            _extract(archive, made)
        _write_style(made)
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)
    return target


def check_integrity(package: Path) -> None:
    """The package is what npm says of this version. Raises NotTheEditor."""
    found = hashlib.sha512(package.read_bytes()).digest()
    if f"sha512-{base64.b64encode(found).decode()}" != INTEGRITY:
        raise NotTheEditor(f"{package.name} is not {PACKAGE} {VERSION} as it was published.")


def _extract(archive: tarfile.TarFile, made: Path) -> None:
    total = 0
    for member in archive:
        if not member.isfile() or not member.name.startswith((_BUILD, _LICENSE)):
            continue
        if member.name.endswith((".map", "service-worker.js")):
            continue
        relative = Path(member.name.removeprefix(_BUILD).removeprefix("package/"))
        total += member.size
        source = archive.extractfile(member)
        if ".." in relative.parts or total > MAX_UNPACKED_BYTES or source is None:
            raise NotTheEditor(f"The package holds {member.name}, which it should not.")
        path = made / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.read())


def _write_style(made: Path) -> None:
    """The editor's own page states the colours and sizes that its parts use; ours asks for them."""
    found = _STYLE.findall((made / "index.html").read_text("utf-8"))
    (made / "static" / "host.css").write_text("\n".join(found), "utf-8")


def entry_points(home: Path) -> tuple[list[str], list[str]]:
    """Addresses of the editor's style sheets and scripts, in the order in which they are loaded."""
    return _entry_points(directory(home) / "asset-manifest.json")


@lru_cache(maxsize=4)
def _entry_points(manifest: Path) -> tuple[list[str], list[str]]:
    names = [f"/{name}" for name in json.loads(manifest.read_text("utf-8"))["entrypoints"]]
    styles = ["/static/host.css", *(name for name in names if name.endswith(".css"))]
    scripts = ["/static/temba-components/temba-components.js"]
    return styles, scripts + [name for name in names if name.endswith(".js")]


def static_file(home: Path, path: str) -> Path | None:
    """The file of the editor that `/static/<path>` names, or None when there is none."""
    base = (directory(home) / "static").resolve()
    wanted = (base / path).resolve()
    return wanted if wanted.is_relative_to(base) and wanted.is_file() else None
