"""Arrays from files and to files."""

from pathlib import Path

import numpy as np
import pytest

from isa_mapper.dialects.errors import UserError
from isa_mapper.runtime.arguments import load_arrays, random_arrays, save_arrays
from isa_mapper.runtime.pipeline import parse
from isa_mapper.simulator.signature import Signature, entry_function, signature_of


@pytest.fixture
def signature() -> Signature:
    module = parse("""func.func @f(%x: tensor<4x3xf32>, %n: tensor<2000xi8>)
        -> (tensor<4x3xf32>, tensor<2000xi8>) {
      func.return %x, %n : tensor<4x3xf32>, tensor<2000xi8>
    }""")
    return signature_of(entry_function(module))


def test_random_arrays_are_seeded_and_wide(signature: Signature):
    first, again, other = (random_arrays(signature, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0], again[0])
    assert (first[0] != other[0]).any()
    assert first[1].min() == -128
    assert first[1].max() == 127


def test_files_come_first(signature: Signature, tmp_path: Path):
    x = np.ones((4, 3), np.float32)
    np.save(tmp_path / "x.npy", x)
    arrays = load_arrays(signature, [str(tmp_path / "x.npy")], 1)
    np.testing.assert_array_equal(arrays[0], x)
    np.testing.assert_array_equal(arrays[1], random_arrays(signature, 1)[1])


def test_bad_files(signature: Signature, tmp_path: Path):
    whole = tmp_path / "x.npy"
    np.save(whole, np.ones((4, 3), np.float32))
    short = tmp_path / "short.npy"
    short.write_bytes(whole.read_bytes()[:-5])
    empty = tmp_path / "empty.npy"
    empty.write_bytes(b"")
    wide = tmp_path / "wide.npy"
    np.save(wide, np.ones((4, 3)))
    objects = tmp_path / "objects.npy"
    np.save(objects, np.array([{}]), allow_pickle=True)
    archive = tmp_path / "archive.npz"
    np.savez(archive, x=np.ones(3))
    for path, message in [
        (short, "not a complete .npy file"),
        (empty, "not a complete .npy file"),
        (objects, "not a complete .npy file"),
        (archive, "an .npz archive"),
        (wide, "'x' is float64 of shape 4x3, expected float32 of shape 4x3"),
        (tmp_path / "none.npy", "No such file"),
    ]:
        with pytest.raises(UserError, match=message) as caught:
            load_arrays(signature, [str(path)], 0)
        assert path.name in caught.value.message
    with pytest.raises(UserError, match=r"takes 2 inputs .x, n., but 3 files are given"):
        load_arrays(signature, [str(whole)] * 3, 0)


def test_saving(signature: Signature, tmp_path: Path):
    arrays = random_arrays(signature, 0)
    paths = save_arrays(signature, arrays, str(tmp_path / "run"))
    assert [path.name for path in paths] == ["run-result.npy", "run-result1.npy"]
    for path, array in zip(paths, arrays, strict=True):
        np.testing.assert_array_equal(np.load(path), array)
    with pytest.raises(UserError, match="cannot write"):
        save_arrays(signature, arrays, str(tmp_path / "missing" / "run"))
    assert sorted(tmp_path.iterdir()) == sorted(paths)
