"""The digest of the compiler: it changes with every byte of the code, and with nothing else."""

import subprocess
import sys
from pathlib import Path

import isa_mapper
from isa_mapper.planning.compiler_digest import FOLDERS, compiler_digest, digest_of_code


def test_every_change_shows(tmp_path: Path) -> None:
    first, second = tmp_path / "passes", tmp_path / "planning"
    (first / "engines").mkdir(parents=True)
    second.mkdir()
    (first / "a.py").write_text("a = 1\n")
    (first / "engines" / "b.py").write_text("b = 1\n")
    folders = [first, second]
    seen = [digest_of_code(folders)]
    (first / "a.py").write_text("a = 2\n")
    seen.append(digest_of_code(folders))
    (first / "engines" / "b.py").rename(first / "b.py")
    seen.append(digest_of_code(folders))
    (first / "b.py").rename(second / "b.py")
    seen.append(digest_of_code(folders))
    seen.append(digest_of_code(folders, "0.74"))
    assert len(set(seen)) == len(seen)
    (second / "__pycache__").mkdir()
    (second / "__pycache__" / "b.pyc").write_bytes(b"b")
    assert digest_of_code(folders) == seen[3]


def test_it_is_the_same_in_every_process() -> None:
    code = (
        "from isa_mapper.planning.compiler_digest import compiler_digest; print(compiler_digest())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == compiler_digest()
    assert compiler_digest().startswith(f"{isa_mapper.__version__}-")


def test_folders_are_those_that_the_passes_import() -> None:
    """What a compilation imports of this package, but for what only runs and finds things."""
    code = (
        "import sys; from isa_mapper.runtime.module import prepare;"
        "prepare(sys.argv[1], 'avx512').source;"
        "print(*{name.split('.')[1] for name in sys.modules if name.startswith('isa_mapper.')})"
    )
    text = "func.func @f(%a: tensor<4x4xf32>, %b: tensor<4x4xf32>) -> tensor<4x4xf32> {"
    text += "%c = kernel.matmul %a, %b : tensor<4x4xf32>, tensor<4x4xf32> -> tensor<4x4xf32>"
    text += " func.return %c : tensor<4x4xf32> }"
    done = subprocess.run(
        [sys.executable, "-c", code, text], capture_output=True, text=True, check=True
    )
    used = set(done.stdout.split()) - {"runtime", "hardware"}  # the machine has its own digest
    assert {"passes", "planning", "targets"} <= used <= set(FOLDERS)
