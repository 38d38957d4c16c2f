"""What plans cost, by models behind one protocol.

`COSTS` names those that ship, `name: "module:Class"`, the module relative to this package. A model
is a class with a `name`, that estimates proposals; it is sent to other processes.
"""

COSTS: dict[str, str] = {
    "analytical": ".analytical:Analytical",
    "simulated": ".simulated:Simulated",
    "measured": ".measured:Measured",
    "learned": ".learned:Learned",
}
