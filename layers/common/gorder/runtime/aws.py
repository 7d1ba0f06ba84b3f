"""How clients of AWS are configured: never more patient than the function they are in."""

from botocore.config import Config

from gorder.runtime.limits import Patience


def client_config(patience: Patience) -> Config:
    """Timeouts and attempts for `boto3.client`."""
    return Config(
        connect_timeout=patience.connect_seconds,
        read_timeout=patience.answer_seconds,
        retries={"mode": "standard", "total_max_attempts": patience.attempts},
    )
