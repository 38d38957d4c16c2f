"""What the encoder writes, and what it refuses: the message names instruction, field, value, range."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from xdsl.dialects.builtin import FileLineColLoc, IntAttr, StringAttr

from isa_mapper.binary.decode import decoder_of
from isa_mapper.binary.encode import encode, needed_settings
from isa_mapper.binary.instance import Instance, Place
from isa_mapper.binary.program import Relocation
from isa_mapper.binary.records import load_records
from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import TargetOp
from isa_mapper.dialects.machines import load_machine

OwnMachine = Callable[[str], TargetOp]

MULTIPLY = Instance(
    "multiply_i8",
    "execute",
    (Place(64 * 3, (64, 4)), Place(16, (32, 1)), Place(32, (16, 1))),
    (5, 7, 16),
    waits=("load.1",),
    signals=("store",),
    location=("x.mlir", 3, 4),
)
ONCE = [Instance(f"execute_count{loop}", "execute", value=1) for loop in range(2)]


@pytest.fixture
def npu() -> TargetOp:
    return load_machine("npu")


def refused(program: list[Instance], target: TargetOp) -> UserError:
    with pytest.raises(UserError) as raised:
        encode(program, target)
    return raised.value


def test_the_bits_of_a_word(npu: TargetOp):
    """Every field by hand: opcode 28, engine 4, the semaphores load.1 -> execute, execute -> store."""
    word = int.from_bytes(encode([*ONCE, MULTIPLY], npu).code[-16:], "little")
    engines = ["control", "load.0", "load.1", "execute", "vector", "store"]
    assert list(npu.engines) == engines
    pairs = [(a, b) for a in engines for b in engines if a != b]
    expected = 28 | 4 << 8
    expected |= 1 << 11 | pairs.index(("load.1", "execute")) << 12 | 1 << 17
    expected |= 1 << 20 | pairs.index(("execute", "store")) << 21 | 1 << 26
    expected |= 3 << 32 | 1 << 52 | 2 << 72 | (5 - 1) << 92 | (7 - 1) << 101 | (16 - 1) << 109
    assert word == expected | 2 << 117


def test_the_bits_of_a_two_word_instruction(own_machine: OwnMachine):
    target = own_machine("two_words")
    places = (Place(32, (16, 4)), Place(8, (4, 1)), Place(12, (4, 1)))
    code = encode([Instance("multiply", "core", places, (3, 4, 2))], target).code
    command = 123 | 5 << 25
    a, b, c = 2 | 2 << 32 | 3 << 48, 3 | 4 << 32, 2 | 3 << 30
    assert int.from_bytes(code, "little") == command | a << 32 | b << 96 | c << 160
    assert len(code) == 4 + 3 * 8


def test_fields_out_of_range(npu: TargetOp):
    place = replace(MULTIPLY.places[0], address=64 << 20)
    error = refused([*ONCE, replace(MULTIPLY, places=(place, *MULTIPLY.places[1:]))], npu)
    assert error.message == (
        "multiply_i8 on execute: field 'c' of 20 bits holds 0 to 1048575, but 'address(c)' is 1048576"
    )
    location = FileLineColLoc(StringAttr("x.mlir"), IntAttr(3), IntAttr(4))
    assert error.location == location


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"extents": (513, 7, 16)}, "does 1 to 512 of axis 'i', not 513"),
        ({"extents": (5, 0, 16)}, "does 1 to 16 of axis 'j', not 0"),
        ({"extents": (5, 7)}, "has the axes i, j, k, got 2 extents"),
        ({"places": MULTIPLY.places[:2]}, "takes 3 operands, got 2"),
        ({"name": "multiply_i9"}, "has no instruction 'multiply_i9' in binary"),
        ({"engine": "store"}, "'multiply_i8' runs on execute, not on 'store'"),
        ({"kept": ("b",)}, "cannot keep b; it keeps nothing"),
        ({"counts": (2, 2, 2)}, "has 2 hardware loops, got 3"),
        ({"counts": (0,)}, "loops run at least once"),
        (
            {"counts": (2,), "places": (Place(0, (64, 4), (64, 64)),) * 3},
            "%c has 2 steps in 1 loops",
        ),
        ({"waits": ("store", "vector")}, "one instruction can wait for one engine"),
        ({"waits": ("execute",)}, "execute cannot wait for itself"),
        ({"waits": ("nobody",)}, "there is no engine nobody"),
        ({"signals": ("store",) * 8}, "field 'signal_count' of 3 bits cannot hold the count 8"),
    ],
)
def test_what_an_instruction_does_not_do(npu: TargetOp, changes: dict[str, object], message: str):
    assert message in refused([*ONCE, replace(MULTIPLY, **changes)], npu).message  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            Place(17, (32, 1)),
            "the address of %a, 17 bytes, is no multiple of the 16 bytes of a row",
        ),
        (Place(16, (33, 1)), "stride 0 of %a, 33 bytes, is no multiple"),
        (Place(16, (32, 2)), "neighbours along dimension 1 of %a must be 1 bytes apart, not 2"),
        (Place(16, (32,)), "%a has 2 dimensions, not 1 strides"),
        (Place(16, (32, 1), low=(1, 0)), "cannot say that elements of %a are absent"),
        (Place(16, (32, 1), low=(1,)), "%a has 2 dimensions, elements of 1 are absent"),
    ],
)
def test_where_an_operand_cannot_be(npu: TargetOp, place: Place, message: str):
    places = (MULTIPLY.places[0], place, MULTIPLY.places[2])
    assert message in refused([*ONCE, replace(MULTIPLY, places=places)], npu).message


def test_strides_along_one_element_do_not_matter(npu: TargetOp):
    places = (Place(0, (1, 4)), Place(0, (5, 1)), Place(0, (16, 1)))
    encode([*ONCE, replace(MULTIPLY, places=places, extents=(1, 7, 16))], npu)
    assert (
        "neighbours along dimension 0 of %c must be 64 bytes apart, not 1"
        in refused(
            [*ONCE, replace(MULTIPLY, places=(places[0], *MULTIPLY.places[1:]))], npu
        ).message
    )


def test_configurations_must_hold(npu: TargetOp):
    assert needed_settings(MULTIPLY, npu) == {"execute_count0": 1, "execute_count1": 1}
    never = refused([ONCE[0], MULTIPLY], npu).message
    assert never.endswith("configuration @execute_count1 must be 1, but is never set")
    other = replace(ONCE[1], value=3)
    assert refused([*ONCE, other, MULTIPLY], npu).message.endswith(
        "configuration @execute_count1 must be 1, but is 3"
    )
    load = Instance("load_count0", "load.0", value=1)
    assert "@load_count0" in refused([load, fill("load.1")], npu).message, "each engine has its own"


def fill(engine: str) -> Instance:
    return Instance("fill_i8", engine, (Place(0, (16, 1)),), (2, 3), {"value": -1})


def test_loops(npu: TargetOp):
    """One loop of the program is the innermost of the machine; loops that run once are none."""
    places = tuple(replace(place, steps=(64,)) for place in MULTIPLY.places)
    loop = replace(MULTIPLY, counts=(6,), places=places)
    needed = {"execute_count0": 1, "execute_count1": 6}
    steps = {f"execute_{x}_step1": step for x, step in (("c", 1), ("a", 4), ("b", 4))}
    assert needed_settings(loop, npu) == needed | steps
    once = tuple(replace(place, steps=(7, 9, 64, 9)) for place in MULTIPLY.places)
    more = replace(loop, counts=(1, 1, 6, 1), places=once)
    assert needed_settings(more, npu)["execute_count0"] == 6, "those that run once make room"


def test_parameters(npu: TargetOp):
    def requantise(zero_point: int) -> Instance:
        parameters = {"multiplier": 1 << 30, "shift": 31, "zero_point": zero_point, "relu": 1}
        places = (Place(0, (16, 1)), Place(0, (64, 4)))
        return Instance("store_requantised_i8", "store", places, (2, 3), parameters)

    for zero_point in (-3, -(1 << 31), (1 << 31) - 1):
        needed = needed_settings(requantise(zero_point), npu)
        assert needed["zero_point"] == zero_point
        for held in (zero_point, zero_point % (1 << 32)):  # the engine looks at 32 bits only
            settings = [
                Instance(n, "store", value=v) for n, v in {**needed, "zero_point": held}.items()
            ]
            code = encode([*settings, requantise(zero_point)], npu).code
            last = decoder_of(npu).decode(code)[-1]
            state = {setting.name: setting.value for setting in settings}
            assert last.instance(state).parameters["zero_point"] == zero_point
    bad = replace(fill("load.0"), parameters={"value": 256})
    settings = [Instance(f"load_count{loop}", "load.0", value=1) for loop in range(2)]
    assert "256 does not fit i8" in refused([*settings, bad], npu).message
    none = replace(bad, parameters={})
    assert "parameter %value has no value" in refused([*settings, none], npu).message
    same = encode([*settings, replace(bad, parameters={"value": 255})], npu).code
    assert same == encode([*settings, fill("load.0")], npu).code


def test_configurations_hold_so_many_bits(npu: TargetOp):
    for value in (-(1 << 63), (1 << 63) - 1):
        (decoded,) = decoder_of(npu).decode(
            encode([Instance("shift", "store", value=value)], npu).code
        )
        assert decoded.value == value
    message = refused([Instance("shift", "store", value=1 << 63)], npu).message
    assert "field 'value' of 64 bits holds" in message


def test_tokens(own_machine: OwnMachine):
    target = own_machine("tokens")
    idle = Instance("idle", "load", waits=("execute",), signals=("execute",))
    assert encode([idle], target).code[0] == 14 | 1 << 4 | 1 << 5
    twice = replace(idle, waits=("execute", "execute"))
    assert "handles one token" in refused([twice], target).message
    assert (
        "no queue of tokens from load to load"
        in refused([replace(idle, waits=("load",))], target).message
    )
    without = own_machine("two_words")
    fence = Instance("fence", "core", waits=("core",))
    assert "no queue of tokens" in refused([fence], without).message


def test_kept_operands(own_machine: OwnMachine):
    target = own_machine("two_words")
    places = (Place(32, (16, 4)), Place(8, (4, 1)), Place(12, (4, 1)))
    first = Instance("multiply", "core", places, (3, 4, 2))
    again = replace(first, kept=("b",))
    short = replace(again, places=(*places[:2], Place(0, ())))
    assert "keeps %b, but it is the first" in refused([again], target).message
    assert encode([first, again], target).code == encode([first, short], target).code
    assert len(encode([first, again], target).code) == 28 + 20
    other = replace(again, places=(*places[:2], Place(16, (4, 1))))
    assert "keeps %b, but that was another one" in refused([first, other], target).message
    assert (
        "cannot keep a; it keeps" in refused([first, replace(first, kept=("a",))], target).message
    )


def test_relocations(own_machine: OwnMachine):
    target = own_machine("tokens")
    bring = Instance(
        "bring", "load", (Place(8, (8, 1)), Place(64, (-16, 1), low=(1, 0), symbol="x")), (5, 8)
    )
    encoded = encode([bring, bring], target)
    assert encoded.relocations == (Relocation(20, 24, "x", 8), Relocation(64 + 20, 24, "x", 8))
    assert decoder_of(target).decode(encoded.code)[0].instance({}).places[1] == replace(
        bring.places[1], symbol=None
    )
    misplaced = replace(bring, places=(bring.places[0], replace(bring.places[1], address=63)))
    message = refused([misplaced], target).message
    assert message.endswith(
        "field 'from' cannot say 'address(src) / 8' exactly where 'address(src)' is 63"
    )


def add(steps: tuple[int, ...], counts: tuple[int, ...], address: int = 0) -> Instance:
    places = (Place(address, (1,), steps), Place(8, (1,), (0,) * len(steps)))
    return Instance("add", "execute", places, (8,), {"more": 3, "factor": 0.5}, counts)


def test_records(own_machine: OwnMachine):
    """Equal records are there once; one record will do where the words hold the loop."""
    target = own_machine("tokens")
    program = [
        add((), ()),
        add((8,), (9,)),
        add((8, 16), (2, 3)),
        add((8, 16), (5, 3)),
        add((), (), 8),
        add((), (), 16),
    ]
    encoded = encode(program, target)
    records = [(0, 1), (0, 1), (2, 1), (4, 1), (1, 1)]
    words = [3 | to << 2 | source << 12 for to, source in records]
    assert encoded.records == b"".join(word.to_bytes(4, "little") for word in words)
    decoded = decoder_of(target).decode(encoded.code)
    assert [each.numbers[:2] for each in decoded] == [
        (0, 1),
        (0, 1),
        (1, 4),
        (1, 4),
        (4, 5),
        (2, 3),
    ]
    assert [each.instance({}, encoded.records) for each in decoded] == program
    far = add((64,), (3,))  # a step of 8 rows, more than the word can say
    encoded = encode([far], target)
    assert len(encoded.records) == 12
    assert decoder_of(target).decode(encoded.code)[0].instance({}, encoded.records) == far
    with pytest.raises(UserError, match="records 0 to 2 are not in the memory of records"):
        decoder_of(target).decode(encoded.code)[0].instance({}, encoded.records[:8])
    broken = bytearray(encoded.records)
    broken[5] ^= 0x80
    with pytest.raises(UserError, match="are not evenly spaced"):
        decoder_of(target).decode(encoded.code)[0].instance({}, bytes(broken))
    broken[0] ^= 1
    with pytest.raises(UserError, match=r"record 0, .* has bits that nothing uses"):
        decoder_of(target).decode(encoded.code)[0].instance({}, bytes(broken))


def test_too_many_records(own_machine: OwnMachine):
    target = own_machine("tokens")
    program = [add((), (), 8 * number) for number in range(17)]
    encode(program[:16], target)
    assert "the records do not fit into the 64 bytes of @micro" in refused(program, target).message


def test_loading_records(own_machine: OwnMachine):
    target = own_machine("tokens")
    program = [add((64,), (7,)), add((), ())]
    loads = load_records(program, target)
    assert [load.extents for load in loads] == [(3,), (3,), (1,)], (
        "the last one uses the first again"
    )
    assert [load.places[0].address for load in loads] == [0, 12, 24]
    assert [load.places[1] for load in loads] == [
        Place(at, (4,), symbol="records") for at in (0, 12, 24)
    ]
    assert encode([*loads, *program], target).records == encode(program, target).records
    assert load_records([Instance("idle", "load")], target) == ()
