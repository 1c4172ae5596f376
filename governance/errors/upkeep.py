"""What tours and upkeep tasks refuse."""

from common.errors import DomainError


class InspectionDone(DomainError):
    """A tour that is closed takes no more findings and is not changed."""

    code = "inspection_done"


class FindingHasTask(DomainError):
    code = "finding_has_task"


class StairwellElsewhere(DomainError):
    """The stairwell is of another building than the one named."""

    code = "stairwell_elsewhere"


class TaskNotOpen(DomainError):
    code = "task_not_open"


class TaskNotDone(DomainError):
    code = "task_not_done"
