"""Words to instances and back: on random right words of every machine, and on bytes that are none."""

from collections.abc import Callable
from contextlib import suppress
from random import Random
from time import perf_counter

import pytest

from isa_mapper.binary.decode import Decoded, decoder_of
from isa_mapper.binary.encode import encode, needed_settings
from isa_mapper.binary.instance import Instance
from isa_mapper.dialects.errors import UserError
from isa_mapper.dialects.isa import ConfigurationOp, InstructionOp, TargetOp
from isa_mapper.dialects.isa.forms import VALUE, Form, forms_of

RandomCode = Callable[[TargetOp, Random, int], bytes]
RandomWords = Callable[[TargetOp, Form, Random], bytes]


def state_for(target: TargetOp, random: Random) -> dict[str, int]:
    """Some value for every configuration: small ones suit strides, counts and numbers alike."""
    return {
        form.name: random.randint(1, min(30, slot.greatest))
        for form in forms_of(target)
        if isinstance(form.part, ConfigurationOp)
        for slot in form.layout.slots
        if slot.call == VALUE
    }


def records_for(target: TargetOp, random: Random) -> bytes:
    """A memory of records that are evenly spaced from the first to the last."""
    for form in forms_of(target):
        if form.record is None or form.record_memory is None:
            continue
        steps = [(slot, random.randint(0, 1)) for slot in form.record.slots]
        count = (target.memories[form.record_memory].bytes or 0) * 8 // form.record.bits
        words = [
            form.record.ones | sum(((i * step) << s.first) & s.mask for s, step in steps)
            for i in range(min(count, 64))
        ]
        return b"".join(word.to_bytes(form.record.bits // 8, "little") for word in words)
    return b""


def settings_before(instance: Instance, target: TargetOp) -> list[Instance]:
    """The instances that set what an instance needs."""
    needed = needed_settings(instance, target)
    return [Instance(name, instance.engine, value=number) for name, number in needed.items()]


def once_more(instance: Instance, before: list[Instance], target: TargetOp) -> Instance:
    """An instance after it has been written and read."""
    program = [*before, *settings_before(instance, target), instance]
    written = encode(program, target)
    decoded = decoder_of(target).decode(written.code)
    assert len(decoded) == len(program)
    state = {each.configuration: each.value for each in decoded if each.configuration}
    return decoded[-1].instance(state, written.records)


def test_instances_survive_words(machine: TargetOp, random_words: RandomWords):
    random = Random(machine.symbol)
    decoder, tried = decoder_of(machine), 0
    for form in forms_of(machine):
        done = 0
        for _ in range(60 if isinstance(form.part, InstructionOp) else 5):
            (decoded,) = decoder.decode(random_words(machine, form, random))
            assert (decoded.name, decoded.engine) == (form.name, form.engine)
            tried += 1
            records = records_for(machine, random) if form.record is not None else b""
            try:
                instance = decoded.instance(state_for(machine, random), records)
            except UserError:  # numbers that do not fit each other, such as absent elements
                continue
            done += 1
            before: list[Instance] = []
            if instance.kept:
                before = first_of(machine, form, random, random_words)
            assert repr(once_more(instance, before, machine)) == repr(instance)  # NaN is NaN
        assert done >= 2, f"nothing of {form.name} was right"
    assert tried > 20


def first_of(
    machine: TargetOp, form: Form, random: Random, random_words: RandomWords
) -> list[Instance]:
    """An execution of the same instruction that keeps nothing."""
    plain = next(f for f in forms_of(machine) if f.part is form.part and not f.encoding.kept)
    (decoded,) = decoder_of(machine).decode(random_words(machine, plain, random))
    instance = decoded.instance(state_for(machine, random))
    return [*settings_before(instance, machine), instance]


def test_words_survive_instances_where_all_matters(machine: TargetOp, random_code: RandomCode):
    """Control and settings say all that they have; so do their words."""
    code = random_code(machine, Random(5), 300)
    for decoded in decoder_of(machine).decode(code):
        if decoded.is_control or decoded.configuration is not None:
            again = encode([decoded.instance({})], machine).code
            assert again == code[decoded.offset : decoded.offset + decoded.size]


def test_what_a_decoded_instruction_says(own_machine: Callable[[str], TargetOp]):
    target = own_machine("two_words")
    program = [Instance("pitch", "core", value=24), Instance("fence", "core")]
    setting, fence = decoder_of(target).decode(encode(program, target).code)
    assert (setting.configuration, setting.value, setting.offset, setting.size) == (
        "pitch",
        24,
        0,
        12,
    )
    assert setting.words == (123, 24)
    assert not setting.is_control
    assert (fence.name, fence.engine, fence.offset, fence.size) == ("fence", "core", 12, 4)
    assert fence.is_control
    assert fence.is_last
    assert fence.configuration is None


def test_random_bytes_are_refused_or_read(machine: TargetOp):
    random, decoder = Random(1), decoder_of(machine)
    for _ in range(500):
        code = random.randbytes(random.randint(1, 5 * decoder.most))
        read_or_refuse(machine, code)


def test_flipped_bits_and_truncated_code(machine: TargetOp, random_code: RandomCode):
    random = Random(2)
    for _ in range(300):
        code = bytearray(random_code(machine, random, 3))
        with pytest.raises(UserError, match="at byte"):
            decoder_of(machine).decode(bytes(code[:-1]))
        bit = random.randrange(len(code) * 8)
        code[bit // 8] ^= 1 << bit % 8
        read_or_refuse(machine, bytes(code))


def read_or_refuse(machine: TargetOp, code: bytes) -> None:
    """Read code that may be wrong; what is read writes the same bytes, or is refused."""
    with suppress(UserError):
        decoded = decoder_of(machine).decode(code)
        assert b"".join(own_words(each) for each in decoded) == code
        for each in decoded:
            each.instance({}, b"")


def own_words(decoded: Decoded) -> bytes:
    """The bytes of an instruction."""
    pairs = zip(decoded.words, decoded.form.word_bits, strict=True)
    return b"".join(word.to_bytes(bits // 8, "little") for word, bits in pairs)


def test_every_reserved_bit_is_refused(machine: TargetOp, random_words: RandomWords):
    random = Random(3)
    for form in forms_of(machine)[:40]:
        words = random_words(machine, form, random)
        reserved = form.layout.fixed & ~form.layout.stated
        for bit in range(form.layout.bits):
            if reserved >> bit & 1:
                wrong = bytearray(words)
                wrong[bit // 8] ^= 1 << bit % 8
                try:
                    (decoded,) = decoder_of(machine).decode(bytes(wrong))
                except UserError:
                    continue
                assert decoded.form is not form


def word(bits: int) -> bytes:
    return bits.to_bytes(8, "little")


def test_messages(own_machine: Callable[[str], TargetOp]):
    target = own_machine("tokens")
    decoder = decoder_of(target)
    assert decoder.decode(word(0x1F))[0].waits == ("load",)
    for bits, message in (
        (0x5, "at byte 0x0, word 0x0000000000000005: no instruction has these bits"),
        (0x10F, "halt: reserved bits are not zero: 8"),
        (0x1, "records: field 'n' may hold 1 to 3, not 0"),
        (0x3, "send: field 'again' may hold 1 to 20, not 0"),
        (0x3 | 5 << 44 | 5 << 50, "send: field 'again' holds 5, which no 'extent(i)' is"),
    ):
        with pytest.raises(UserError) as raised:
            decoder.decode(word(bits))
        assert message in raised.value.message
    with pytest.raises(UserError, match="halt has 8 bytes, 3 are left"):
        decoder.decode(bytes([15, 0, 0, 0, 0, 0, 0, 0, 15, 0, 0]))


def test_a_configuration_that_is_not_set(own_machine: Callable[[str], TargetOp]):
    target = own_machine("two_words")
    form = next(form for form in forms_of(target) if form.name == "move_in")
    extents = 2 << 32 | 3 << 48
    bits = form.layout.ones | extents << 96
    (decoded,) = decoder_of(target).decode(bits.to_bytes(form.size, "little"))
    with pytest.raises(UserError, match="configuration @pitch is not set"):
        decoded.instance({})
    assert decoded.instance({"pitch": 40}).places[1].strides == (32, 1)


def test_speed(random_code: RandomCode):
    """20 000 words take about a tenth of a second; ten times that is a fault."""
    from isa_mapper.dialects.machines import load_machine

    target = load_machine("npu")
    code = random_code(target, Random(0), 2000) * 10
    decoder = decoder_of(target)
    begin = perf_counter()
    assert len(decoder.decode(code)) == 20000
    assert perf_counter() - begin < 2


def test_same_instance_from_replaced_state(machine: TargetOp, random_code: RandomCode):
    """Decoded instructions can be used again: nothing is kept from one state to the next."""
    random = Random(4)
    for decoded in decoder_of(machine).decode(random_code(machine, random, 50)):
        records = records_for(machine, Random(9))
        states = [state_for(machine, random) for _ in range(2)]
        results: list[str] = []
        for state in (*states, *states):
            try:
                results.append(repr(decoded.instance(state, records)))
            except UserError as error:
                results.append(error.message)
        assert results[:2] == results[2:]
