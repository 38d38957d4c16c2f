"""The sample of kernels that are tuned, and the shares that come of it."""

import tune
from suite.groups import GROUPS

from isa_mapper.search.cost.model import Cost, Status, failure
from isa_mapper.search.tuner import Search
from isa_mapper.search.workload import Workload


def test_the_sample_is_fixed_and_covers_every_group() -> None:
    found = tune.sample(list(GROUPS), 2, 3e8)
    assert found == tune.sample(list(GROUPS), 2, 3e8)
    assert len({one.name for one in found}) == len(found) == 2 * len(GROUPS)
    for group in GROUPS:
        assert sum(one.name.startswith(f"{group.name} ") for one in found) == 2
    assert all("kernel.constant" in one.text for one in found)


def search(workload: Workload, *costs: Cost) -> Search:
    """A search that found these costs."""
    found = Search.__new__(Search)
    found.workload, found.costs = workload, dict(enumerate(costs))  # pyright: ignore[reportAttributeAccessIssue]
    return found


def test_the_share_of_a_kernel_is_the_product_of_its_statements() -> None:
    workload = Workload("", "kernel", "f")
    one, best = Cost(8.0, "seconds", ratio=1.0), Cost(4.0, "seconds", ratio=0.5)
    first = search(workload, one, best, failure(Status.WRONG, "it is wrong"))
    second = search(workload, Cost(3.0, "seconds", ratio=0.8), Cost(4.0, "seconds", ratio=1.0))
    found = tune.Tuned.of([first, second])
    assert found == tune.Tuned("kernel", 0.5 * 0.8, 3.0, 5, 1)
    assert tune.Tuned.of([first, search(workload, failure(Status.CRASHED, "SIGILL"))]) is None
