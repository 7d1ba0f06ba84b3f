"""A value that depends on a secret is cached for five minutes."""

import pytest

from gorder.runtime import secrets
from gorder.runtime.secrets import SecretsUnavailableError, cached_for_five_minutes


class Clock:
    """A clock that stands still until a test changes `now`."""

    now = 1000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(secrets, "time", clock)
    return clock


def test_a_value_is_kept_for_five_minutes_and_then_made_again(clock: Clock) -> None:
    made = iter(range(9))
    get = cached_for_five_minutes(lambda: next(made))

    assert [get(), get()] == [0, 0]
    clock.now += 299
    assert get() == 0
    clock.now += 1
    assert [get(), get()] == [1, 1]


def test_the_last_value_is_kept_when_secrets_manager_does_not_answer(clock: Clock) -> None:
    answers: list[int | None] = [7, None, 8]

    def make() -> int:
        if (answer := answers.pop(0)) is None:
            raise SecretsUnavailableError("down")
        return answer

    get = cached_for_five_minutes(make)
    values = []
    for _ in range(3):
        values.append(get())
        clock.now += 300
    assert values == [7, 7, 8]


def test_without_a_last_value_the_error_is_raised() -> None:
    def make() -> int:
        raise SecretsUnavailableError("down")

    with pytest.raises(SecretsUnavailableError):
        cached_for_five_minutes(make)()


def test_the_last_value_is_used_for_an_hour_at_most(clock: Clock) -> None:
    answers = [7]

    def make() -> int:
        if not answers:
            raise SecretsUnavailableError("refused")
        return answers.pop()

    get = cached_for_five_minutes(make)
    read_at = clock.now
    for age in (0, 300, 600, 3599):
        clock.now = read_at + age
        assert get() == 7
    for age in (3600, 3601):
        clock.now = read_at + age
        with pytest.raises(SecretsUnavailableError):
            get()
    answers.append(8)
    assert get() == 8
