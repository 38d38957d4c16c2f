"""Who decides which plans are tried: strategies behind one ask/tell protocol.

`STRATEGIES` names those that ship, `name: "module:Class"`, the module relative to this package. Other
packages add theirs by the entry-point group `isa_mapper.strategies`; see `examples/strategy`.
"""

STRATEGIES: dict[str, str] = {
    "default": ".default:Default",
    "exhaustive": ".exhaustive:Exhaustive",
    "random": ".random:Random",
    "evolutionary": ".evolutionary:Evolutionary",
    "optuna": ".optuna:Optuna",
    "guided": ".guided:Guided",
}

GROUP = "isa_mapper.strategies"
"""The entry-point group of other packages' strategies."""
