"""The string of an einsum, such as `"mk,kn->mn"`: the axes of each operand."""

from dataclasses import dataclass

from xdsl.ir.affine import AffineDimExpr, AffineMap


@dataclass(frozen=True)
class Subscripts:
    """The axes of each operand of a contraction, one letter per dimension."""

    inputs: tuple[str, ...]
    output: str

    @classmethod
    def parse(cls, text: str) -> "Subscripts":
        """Read `"mk,kn->mn"`; white space is ignored.

        Without an arrow the output is NumPy's: the letters that occur once, in alphabetical order.

        Raises:
            ValueError: The text is not of this form; the message says why.
        """
        inputs, arrow, output = "".join(text.split()).partition("->")
        letters = "".join(inputs.split(","))
        for letter in letters + output:
            if letter == ".":
                raise ValueError("'...' is not supported; name every axis by a letter")
            if not (letter.isascii() and letter.isalpha()):
                raise ValueError(f"'{letter}' cannot name an axis; use letters")
        if not arrow:
            output = "".join(sorted(axis for axis in letters if letters.count(axis) == 1))
        for axis in output:
            if output.count(axis) > 1:
                raise ValueError(f"axis '{axis}' occurs twice in the output '{output}'")
        return cls(tuple(inputs.split(",")), output)

    def __str__(self) -> str:
        return f"{','.join(self.inputs)}->{self.output}"

    @property
    def axes(self) -> str:
        """All letters in loop order: the output's, then the others as they first occur."""
        return "".join(dict.fromkeys(self.output + "".join(self.inputs)))

    @property
    def reductions(self) -> str:
        """The letters that the output lacks, in loop order."""
        return self.axes[len(self.output) :]

    def map_of(self, letters: str) -> AffineMap:
        """Return the access of an operand with these letters: from the axes to its dimensions."""
        axes = self.axes
        dims = tuple(AffineDimExpr(axes.index(letter)) for letter in letters)
        return AffineMap(len(axes), 0, dims)
