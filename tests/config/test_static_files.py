"""Collected static files: our modules find each other under their collected names."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles.storage import StaticFilesStorage

from config.static_files import ModuleStaticFilesStorage


def collected(source: Path, target: Path) -> dict[str, str]:
    """The files of a folder, collected as `collectstatic` does it: each with its collected name."""
    target.mkdir(exist_ok=True)
    plain = StaticFilesStorage(location=source, base_url="/static/")
    storage = ModuleStaticFilesStorage(location=target, base_url="/static/")
    paths = {}
    for path in sorted(file for file in source.rglob("*") if file.is_file()):
        name = path.relative_to(source).as_posix()
        paths[name] = (plain, name)
        storage.delete(name)
        with plain.open(name) as file:
            storage.save(name, file)
    for _name, _hashed, processed in storage.post_process(paths):
        assert not isinstance(processed, Exception), processed
    return {name: storage.stored_name(name) for name in paths}


@pytest.fixture
def source(tmp_path) -> Path:
    folder = tmp_path / "source"
    for name, text in {
        "field/app.js": 'import { a } from "./queue.js";\nimport { draw } from "./views/home.js";\n',
        "field/queue.js": 'export { b } from "./exchange.js";\nexport const a = 1;\n',
        "field/exchange.js": 'import { a } from "./queue.js";\nexport const b = 2;\n',
        "field/views/home.js": 'import { a } from "../queue.js";\nexport function draw() {}\n',
        "js/sign_out.js": 'const { a } = await import("../field/queue.js");\n',
        "packed/bundle.js": 'import { x } from "./nowhere.js";\n',
    }.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_imports_of_our_modules_name_the_collected_files_also_in_a_ring(source, tmp_path):
    names = collected(source, tmp_path / "collected")

    for name, hashed in names.items():
        if name.startswith("packed/"):
            continue
        assert hashed != name
        file = tmp_path / "collected" / hashed
        for imported in re.findall(r'"(\.[^"]+)"', file.read_text()):
            target = (file.parent / imported).resolve()
            assert target.is_file()
            assert target.relative_to(tmp_path / "collected").as_posix() in names.values()


def test_a_change_in_one_module_renames_them_all_and_nothing_else(source, tmp_path):
    before = collected(source, tmp_path / "collected")
    (source / "field/exchange.js").write_text('import { a } from "./queue.js";\nexport const b = 3;\n')

    after = collected(source, tmp_path / "collected")

    changed = {name for name in before if before[name] != after[name]}
    assert changed == {name for name in before if not name.startswith("packed/")}


def test_scripts_of_packages_are_left_as_they_are(source, tmp_path):
    names = collected(source, tmp_path / "collected")

    kept = (tmp_path / "collected" / names["packed/bundle.js"]).read_text()
    assert kept == 'import { x } from "./nowhere.js";\n'
