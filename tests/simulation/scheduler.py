"""Virtual time: runs blocking code of many tasks in one thread, in a sequence set by a seed."""

import heapq
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from greenlet import GreenletExit, getcurrent, greenlet

if TYPE_CHECKING:
    from collections import deque


class Task(greenlet):  # type: ignore[misc]  # greenlet is untyped
    """Code that runs until it sleeps or waits. A killed task does not run again."""

    def __init__(self, scheduler: "Scheduler", work: Callable[[], object]) -> None:
        super().__init__(work, parent=scheduler.hub)
        self.turn = 0
        self.killed = False


class Scheduler:
    """Owns the virtual clock. Steps due at the same time run in a random sequence."""

    def __init__(self, seed: int) -> None:
        self.hub = getcurrent()
        self.now = 0.0
        self.random = Random(seed)  # noqa: S311 - not a secret
        self._due: list[tuple[float, float, int, Callable[[], object]]] = []
        self._steps = 0

    def after(self, seconds: float, step: Callable[[], object]) -> None:
        """Run a step that does not block, later."""
        self._steps += 1
        heapq.heappush(self._due, (self.now + seconds, self.random.random(), self._steps, step))

    def spawn(self, work: Callable[[], object], delay: float = 0) -> Task:
        """Start a task, after a delay. An exception in it ends `run`."""
        task = Task(self, work)
        self._resume(task, delay)
        return task

    def sleep(self, seconds: float) -> None:
        """Let the current task sleep."""
        task = self.current()
        self._resume(task, seconds)
        self._switch(task)

    def current(self) -> Task:
        """Return the task that runs now."""
        task = getcurrent()
        assert isinstance(task, Task), "only a task can wait"
        if task.killed:
            raise GreenletExit
        return task

    def kill(self, task: Task) -> None:
        """End a task where it is. Nothing that it does from now on has an effect."""
        task.killed = True
        if task is getcurrent():
            raise GreenletExit
        task.turn += 1
        self.after(0, lambda: task.throw(GreenletExit))

    def run(self, until: float = float("inf")) -> None:
        """Run all steps that are due by a time, and set the clock to it."""
        while self._due and self._due[0][0] <= until:
            self.now, _, _, step = heapq.heappop(self._due)
            step()
        if until != float("inf"):
            self.now = until

    def wait(self, waiting: "deque[Task]", seconds: float) -> bool:
        """Let the current task wait until it is woken. Returns whether it was woken in time."""
        task = self.current()
        waiting.append(task)
        self._resume(task, seconds)
        self._switch(task)
        if task in waiting:
            waiting.remove(task)
            return False
        return True

    def wake(self, waiting: "deque[Task]") -> Task | None:
        """Wake and return the task that has waited longest, if there is one."""
        while waiting:
            task = waiting.popleft()
            if not task.killed:
                task.turn += 1
                self._resume(task, 0)
                return task
        return None

    def _resume(self, task: Task, delay: float) -> None:
        turn = task.turn

        def step() -> None:
            if task.turn == turn and not task.killed:
                task.turn += 1
                task.switch()

        self.after(delay, step)

    def _switch(self, task: Task) -> None:
        self.hub.switch()
        if task.killed:
            raise GreenletExit
