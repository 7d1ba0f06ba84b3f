"""What can go wrong in the simulation."""

from enum import StrEnum


class Fault(StrEnum):
    """A failure that happens with some probability at each of its places."""

    LEADER_KILLED_BEFORE_COMMIT = "leader killed before its commit"
    LEADER_KILLED_AFTER_COMMIT = "leader killed after its commit"
    LEADER_KILLED_BEFORE_ANSWERS = "leader killed before it sends the answers"
    LEADER_KILLED_AFTER_ANSWERS = "leader killed after it sent the answers"
    LEADER_PAUSED_BEFORE_CALL = "leader paused before its call until it has lost its place"
    LEADER_PAUSED_BEFORE_ANSWERS = "leader paused before its answers until it has lost its place"
    WAITER_KILLED = "waiting process killed"
    WAITER_VANISHED = "waiting process gone; Redis does not notice"
    REDIS_REQUEST_LOST = "commands to Redis lost"
    REDIS_REPLY_LOST = "replies of Redis lost"
    REDIS_REPLY_LATE = "replies of Redis later than the client waits"
    STORE_REQUEST_LOST = "call to the store lost"
    STORE_REPLY_LOST = "reply of the store lost after its commit"
