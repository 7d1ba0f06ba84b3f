"""The options of a MongoDB URL do not weaken its reads and writes."""

import pytest

from gorder.clients.mongo import mongo_client
from gorder.clients.store_url import InvalidUrlError

LOCAL_MONGO = "mongodb://u:secret@localhost/db"


@pytest.mark.parametrize(
    "option",
    [
        "readPreference=secondaryPreferred",
        "readPreference=primaryPreferred",
        "readpreference=nearest",
        "readPreference=secondary&readPreferenceTags=zone:a",
        "readPreferenceTags=",
        "maxStalenessSeconds=90",
        "readConcernLevel=available",
        "readConcernLevel=majority",
        "w=0",
        "W=1",
        "w=2",
        "w=%30",
        "w=",
        "wtimeoutMS=10",
        "journal=false",
        "journal=False",
        "fsync=true",
        "loadBalanced=true",
        "directConnection=true",
    ],
)
def test_a_weaker_read_or_write_concern_is_refused(option: str) -> None:
    name = option.partition("=")[0].lower()

    with pytest.raises(InvalidUrlError, match=f"(?i)remove {name}.* primary") as caught:
        mongo_client(f"{LOCAL_MONGO}?connect=false&{option}")
    assert "secret" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:You appear to be connected to a DocumentDB")
def test_the_url_of_documentdb_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is that of template.yaml. PyMongo warns of every DocumentDB."""
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    host = "gorder.cluster-abc.eu-central-1.docdb.amazonaws.com:27017"
    options = "tls=true&replicaSet=rs0&authSource=admin&retryWrites=false"

    mongo_client(f"mongodb://u:secret@{host}/gorder?{options}&connect=false").close()


def test_every_weaker_option_is_named() -> None:
    with pytest.raises(InvalidUrlError, match="remove readPreference, w, wtimeoutMS from"):
        mongo_client(f"{LOCAL_MONGO}?readPreference=nearest&w=0&appName=x&wtimeoutMS=1")


@pytest.mark.parametrize(
    "options",
    [
        "",
        "&readPreference=primary&w=majority&journal=true&readConcernLevel=local",
        "&directConnection=false&loadBalanced=false",
        "&tls=false&directConnection=true",
    ],
)
def test_mongodb_reads_from_the_primary_and_writes_to_a_majority(options: str) -> None:
    with mongo_client(f"{LOCAL_MONGO}?connect=false{options}") as client:
        orders = client.get_default_database()["orders"]

    assert orders.read_preference.mongos_mode == "primary"
    assert orders.write_concern.document == {"w": "majority", "j": True}
    assert orders.read_concern.level in {None, "local"}


@pytest.mark.parametrize("overlooked", ["readPreference=nearest", "w=0", "w=1&journal=false"])
def test_mongodb_writes_to_a_majority_also_if_an_option_was_overlooked(
    overlooked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gorder.clients.mongo.parse_options", lambda *_: {"tls": "false"})

    with mongo_client(f"{LOCAL_MONGO}?{overlooked}&connect=false") as client:
        assert client.read_preference.mongos_mode == "primary"
        assert client.write_concern.document == {"w": "majority", "j": True}


@pytest.mark.parametrize(
    "option", ["retryReeds=true", "authMechanism=MONGODB-CR", "maxPoolSize=many"]
)
def test_an_option_that_the_driver_would_ignore_is_refused(option: str) -> None:
    with pytest.raises(InvalidUrlError, match="percent-encoded") as caught:
        mongo_client(f"{LOCAL_MONGO}?connect=false&{option}")
    assert "secret" not in str(caught.value)
