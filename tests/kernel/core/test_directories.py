"""Directories that appear with their mode."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from colonnade.kernel.core.directories import make_directory


def test_nobody_sees_it_with_another_mode(tmp_path: Path) -> None:
    """One thread makes it, the others look as soon as it is there; under a umask that takes bits away."""
    seen: set[int] = set()

    def look(path: Path, begin: threading.Barrier) -> None:
        begin.wait()
        while True:
            try:
                seen.add(stat.S_IMODE(path.stat().st_mode))
                return
            except FileNotFoundError:
                pass

    umask = os.umask(0o077)
    try:
        for number in range(200):
            path, begin = tmp_path / str(number), threading.Barrier(3)
            watchers = [threading.Thread(target=look, args=(path, begin)) for _ in range(2)]
            for watcher in watchers:
                watcher.start()
            begin.wait()
            make_directory(path, 0o711)
            for watcher in watchers:
                watcher.join()
    finally:
        os.umask(umask)
    assert seen == {0o711}
    assert len(list(tmp_path.iterdir())) == 200


def test_of_many_at_once_all_find_the_same(tmp_path: Path) -> None:
    failures: list[OSError] = []
    for number in range(50):
        path, begin = tmp_path / str(number), threading.Barrier(4)

        def make(path: Path = path, begin: threading.Barrier = begin) -> None:
            begin.wait()
            try:
                make_directory(path, 0o700)
                path.joinpath(str(threading.get_ident())).touch()
            except OSError as error:
                failures.append(error)

        makers = [threading.Thread(target=make) for _ in range(4)]
        for maker in makers:
            maker.start()
        for maker in makers:
            maker.join()
        assert len(list(path.iterdir())) == 4
    assert failures == []
    assert len(list(tmp_path.iterdir())) == 50


def test_what_exists_is_left_as_it_is(tmp_path: Path) -> None:
    path, link = tmp_path / "there", tmp_path / "link"
    path.mkdir(mode=0o750)
    link.symlink_to(tmp_path / "nowhere")
    make_directory(path, 0o711)
    make_directory(link, 0o711)
    assert stat.S_IMODE(path.stat().st_mode) == 0o750
    assert not link.exists()
    assert sorted(tmp_path.iterdir()) == [link, path]


def test_an_error_names_the_directory(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(NotADirectoryError) as caught:
        make_directory(file / "inner", 0o700)
    assert caught.value.filename == str(file / "inner")
    assert list(tmp_path.iterdir()) == [file]
