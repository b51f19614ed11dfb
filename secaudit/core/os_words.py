"""Why the operating system refused, as a message that can be translated.

The system's own words follow the process's locale, not the user's choice; the number is the fact.
"""

import errno
import os
from collections.abc import Mapping

from secaudit.core.errors import Phrase, mark

_WORDS: Mapping[int, str] = {
    errno.ENOENT: mark("No such file or directory"),
    errno.EACCES: mark("Permission denied"),
    errno.EPERM: mark("Operation not permitted"),
    errno.EEXIST: mark("File exists"),
    errno.ENOTDIR: mark("Not a directory"),
    errno.EISDIR: mark("Is a directory"),
    errno.ENOTEMPTY: mark("Directory not empty"),
    errno.ENOSPC: mark("No space left on device"),
    errno.EDQUOT: mark("Disk quota exceeded"),
    errno.EFBIG: mark("File too large"),
    errno.EROFS: mark("Read-only file system"),
    errno.EIO: mark("Input/output error"),
    errno.EBUSY: mark("Device or resource busy"),
    errno.EMFILE: mark("Too many open files"),
    errno.ENAMETOOLONG: mark("File name too long"),
    errno.ELOOP: mark("Too many levels of symbolic links"),
    errno.EXDEV: mark("Invalid cross-device link"),
    errno.EINVAL: mark("Invalid argument"),
}


def os_words(error: OSError) -> Phrase:
    """The reason of an error of the system; its own words where we have none."""
    if type(error).__name__ == "gaierror":
        return Phrase(mark("the system's resolver knows no address for it"))
    known = _WORDS.get(error.errno or 0)
    return Phrase(known or error.strerror or os.strerror(error.errno or errno.EIO))
