"""The check of a data set's files against the archive that they were extracted from."""

import posixpath

import numpy as np
import pandas as pd

from leukosmear.data_checks.verdicts import Check


def check_archive(inventory: pd.DataFrame, archive_listing: pd.DataFrame) -> Check:
    """Check whether every file was extracted from the archive, whole: the paper's "checking for missing files".

    Archives wrap the class folders in folders of their own, so files are matched by class folder and name.
    """
    expected = "the same files, of the same sizes, as in the original archive"
    if archive_listing.empty:
        return Check(
            check="completeness",
            expected=expected,
            found="no archive to compare with (setting `archive`)",
            verdict="not checked",
            details=[],
        )
    folders = {name.split("/")[0] for name in inventory["file_name"] if "/" in name}
    leads_out = [_leads_out(name) for name in archive_listing["name"]]
    outside = sorted(archive_listing.loc[leads_out, "name"])
    in_archive = _sizes_below(folders, archive_listing[~np.array(leads_out)])
    names = {_slashed(name): name for name in inventory["file_name"]}
    on_disk = dict(zip(map(_slashed, inventory["file_name"]), inventory["n_bytes"], strict=True))
    missing = sorted(in_archive.keys() - on_disk.keys())
    extra = sorted(on_disk.keys() - in_archive.keys())
    resized = sorted(name for name in in_archive.keys() & on_disk.keys() if in_archive[name] != on_disk[name])
    return Check(
        check="completeness",
        expected=expected,
        found=f"{len(in_archive):,} files in the archive: {len(missing):,} missing, {len(extra):,} extra, "
        f"{len(resized):,} of another size" + (f", {len(outside):,} that lead out of it" if outside else ""),
        verdict="warn" if missing or extra or resized or outside else "pass",
        details=[
            *(f"{name}: leads out of the archive; not compared, and better not extracted" for name in outside),
            *(f"{name}: missing, in the archive only" for name in missing),
            *(f"{names[name]}: extra, not in the archive" for name in extra),
            *(f"{names[name]}: {on_disk[name]:,} bytes, {in_archive[name]:,} in the archive" for name in resized),
        ],
    )


def _slashed(name: str) -> str:
    r"""Write a name as paths are written everywhere: archives from Windows have backslashes between folders.

    That also changes names with a backslash of their own, or with `\n` for the end of a line, so it is done to those on
    disk, too.
    """
    return posixpath.normpath(name.replace("\\", "/"))


def _leads_out(name: str) -> bool:
    """Tell whether a file of this name would be extracted to somewhere outside of the folder."""
    return _slashed(name).startswith(("../", "/"))


def _sizes_below(folders: set[str], listing: pd.DataFrame) -> dict[str, int]:
    """Look up the sizes of the archive's files by `<class>/<file>`, or by `<file>` in a data set without folders."""
    names = [_slashed(name) for name in listing["name"]]
    # The archive of the real images holds masks under the same names beside the photographs.
    if any("Original" in name.split("/")[:-1] for name in names):
        keep = ["Original" in name.split("/")[:-1] for name in names]
    else:
        keep = [True] * len(names)
    depth = 2 if folders else 1
    sizes = {}
    for name, n_bytes, kept in zip(names, listing["n_bytes"], keep, strict=True):
        parts = name.split("/")
        # What macOS and file managers add to archives is no part of the data set, and hidden on disk.
        if kept and "__MACOSX" not in parts and not any(part.startswith(".") for part in parts):
            start = next((i for i, part in enumerate(parts[:-1]) if part in folders), max(len(parts) - depth, 0))
            sizes["/".join(parts[start:])] = int(n_bytes)
    return sizes
