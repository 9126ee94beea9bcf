"""Brings the program's folder to what the manifest says, and tells when there is another one."""

import ctypes
import os
import shutil

_applied = {}


def apply_files(manifest, source, target, kept=None):
    """`kept`: takes what the files were before; None: nobody asks."""
    gone = [name for name in manifest["removed"] if _applied.get(name) != "removed"]
    written = [(name, facts) for name, facts in manifest["files"].items() if _applied.get(name) != facts["hash"]]
    if kept is not None:
        kept.keep(gone + [name for name, _ in written], target)
    for name in gone:
        _remove(name, target)
        _applied[name] = "removed"
    for name, facts in written:
        _put(os.path.join(source, name), os.path.join(target, name), facts)
        _applied[name] = facts["hash"]


def put_back(kept, target):
    """Makes files what they were when the program was started with them. The next `apply_files` saves them again."""
    for name in kept.put_back(target):
        _applied.pop(name, None)


def copy_folder(source, target):
    """Copies what is in a folder. The target itself may be another user's, with a mode that only he can change."""
    for entry in os.scandir(source):
        place = os.path.join(target, entry.name)
        if entry.is_dir(follow_symlinks=False):
            shutil.copytree(entry.path, place, symlinks=True)
        else:
            shutil.copy2(entry.path, place, follow_symlinks=False)


def _put(source, target, facts):
    """Replaces a file, so that nobody sees half of one."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(target) and not os.path.islink(target):
        shutil.rmtree(target)
    fresh = target + ".choreo-new"
    if os.path.lexists(fresh):
        os.remove(fresh)
    if "link" in facts:
        os.symlink(facts["link"], fresh)
    else:
        shutil.copyfile(source, fresh)
        os.chmod(fresh, facts["mode"])
    os.replace(fresh, target)


def _remove(name, top):
    place = os.path.join(top, name)
    if os.path.isdir(place) and not os.path.islink(place):
        shutil.rmtree(place)
    elif os.path.lexists(place):
        os.remove(place)
    # A folder is there because of its files.
    folder = os.path.dirname(name)
    while folder:
        try:
            os.rmdir(os.path.join(top, folder))
        except OSError:
            return
        folder = os.path.dirname(folder)


class Changes:
    """Events of a folder, where the system has them; `fd` is None where a look now and then has to do."""

    _MOVED_TO = 0x80

    def __init__(self, folder):
        self.fd = None
        try:
            libc = ctypes.CDLL(None, use_errno=True)
            fd = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
            if fd >= 0 and libc.inotify_add_watch(fd, os.fsencode(folder), self._MOVED_TO) >= 0:
                self.fd = fd
        except (OSError, AttributeError):
            pass

    def drain(self):
        try:
            while os.read(self.fd, 4096):
                pass
        except OSError:
            pass
