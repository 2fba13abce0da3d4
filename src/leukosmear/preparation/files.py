"""The files that the data gate accepted, read as they were then."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from leukosmear.decoding import UnreadableImageError


@dataclass(frozen=True)
class AcceptedFile:
    """A file of an accepted image, still unread.

    Attributes:
        image_id: Name of the image.
        file_name: Path below the data set's folder.
        sha256: What its bytes had as SHA-256 when the data gate read them.
        read_bytes: What reads them now.
    """

    image_id: str
    file_name: str
    sha256: str
    read_bytes: Callable[[], bytes]

    def read(self) -> bytes:
        """Read the file's bytes.

        Raises:
            UnreadableImageError: If it cannot be read any more, or holds something else than the data gate saw.
        """
        try:
            data = self.read_bytes()
        except OSError as error:
            raise self._refusal(str(error)) from error
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise self._refusal(f"another content, with the SHA-256 {found[:12]}... instead of {self.sha256[:12]}...")
        return data

    def _refusal(self, found: str) -> UnreadableImageError:
        return UnreadableImageError(
            f"Expected '{self.file_name}' as data validation accepted it. Found: {found}. Run the data_validation "
            "pipeline again."
        )


def accepted_files(files: Mapping[str, Callable[[], bytes]], accepted_images: pd.DataFrame) -> list[AcceptedFile]:
    """Find the files of accepted images.

    Args:
        files: What reads each file of the data set, by name.
        accepted_images: Columns `image_id`, `file_name` and `sha256`.

    Raises:
        ValueError: If files are gone.
    """
    gone = sorted(set(accepted_images["file_name"]) - files.keys())
    if gone:
        raise ValueError(
            f"Expected the {len(accepted_images):,} images that data validation accepted. Found {len(gone):,} of them "
            f"gone, such as {gone[:3]}. Run the data_validation pipeline again on the folder as it is now."
        )
    columns = accepted_images[["image_id", "file_name", "sha256"]].itertuples(index=False, name=None)
    return [AcceptedFile(image_id, name, sha256, files[name]) for image_id, name, sha256 in columns]
