"""The proxy that cuts a COMMIT, with a server that offers TLS."""

from contextlib import closing
from functools import partial

import pytest

from gorder.clients.mysql import connect_mysql
from gorder.stock.adapters.mysql_stock import MysqlStockStore
from tests.fakes.products import product
from tests.integration.stock.cutting_proxy import NOTHING_CUT, cutting_proxy
from tests.integration.stores.conftest import SecuredStore

pytestmark = pytest.mark.servers


def test_the_proxy_sees_the_commit_of_a_server_that_offers_tls(mysql: SecuredStore) -> None:
    with cutting_proxy(mysql.url, "after") as proxy:
        with closing(MysqlStockStore(partial(connect_mysql, proxy.url))) as store:
            store.run(lambda stock: stock.save_products([product()]))
        assert proxy.cuts == 1, NOTHING_CUT
