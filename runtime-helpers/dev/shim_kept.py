"""What files were before saves that no program has started with yet, as kept.cjs keeps them."""

import json
import os
import shutil


class Kept:
    def __init__(self, folder):
        """`folder`: nothing is kept without one."""
        self._folder = folder
        self._index = os.path.join(folder, "kept.json")
        # Name of the copy by file; None for a file that was not there.
        self._copies = {}
        if folder:
            try:
                with open(self._index) as file:
                    self._copies = json.load(file)
            except (OSError, ValueError):
                pass
        self._number = max([int(copy) for copy in self._copies.values() if copy is not None], default=0)

    def has_any(self):
        return len(self._copies) > 0

    def keep(self, names, root):
        """Copies files as they are, those that were kept before excepted."""
        fresh = [name for name in names if name not in self._copies]
        if not self._folder or not fresh:
            return
        for name in fresh:
            place, copy = os.path.join(root, name), None
            if os.path.lexists(place):
                self._number += 1
                copy = str(self._number)
                _copy(place, os.path.join(self._folder, copy))
            self._copies[name] = copy
        with open(self._index + ".new", "w") as file:
            json.dump(self._copies, file)
        os.replace(self._index + ".new", self._index)

    def put_back(self, root):
        """Makes files what they were; gives their names."""
        for name, copy in self._copies.items():
            place = os.path.join(root, name)
            _remove(place)
            if copy is not None:
                os.makedirs(os.path.dirname(place), exist_ok=True)
                _copy(os.path.join(self._folder, copy), place)
        return list(self._copies)

    def forget(self):
        if not self._copies:
            return
        _remove(self._index)
        for copy in self._copies.values():
            if copy is not None:
                _remove(os.path.join(self._folder, copy))
        self._copies = {}


def _copy(source, target):
    if os.path.isdir(source) and not os.path.islink(source):
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target, follow_symlinks=False)


def _remove(place):
    if os.path.isdir(place) and not os.path.islink(place):
        shutil.rmtree(place)
    elif os.path.lexists(place):
        os.remove(place)
