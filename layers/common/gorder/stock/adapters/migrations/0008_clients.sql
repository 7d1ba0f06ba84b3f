-- What each client claims, so that one client holds a few unpaid orders and a share of the stock.
--
-- A claim is written before the units are held. It counts while they are: the reservation says so.
-- Clients are hashes, which change every day; the rows are deleted after that.

CREATE TABLE IF NOT EXISTS clients (
    address    CHAR(32)    NOT NULL,
    claimed_at DATETIME(6) NOT NULL,
    PRIMARY KEY (address),
    KEY clients_by_time (claimed_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- `requests` is how many requests of an address claim the units for the order: a repeated one may run
-- beside the first, and may be refused when the first one is served.
CREATE TABLE IF NOT EXISTS claims (
    order_id   VARCHAR(64) NOT NULL,
    product_id VARCHAR(64) NOT NULL,
    quantity   BIGINT      NOT NULL,
    address    CHAR(32)    NOT NULL,
    customer   CHAR(32)    NOT NULL,
    requests   INT         NOT NULL,
    claimed_at DATETIME(6) NOT NULL,
    PRIMARY KEY (order_id, product_id, address),
    KEY claims_by_address (address),
    KEY claims_by_time (claimed_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Claim the units of an order, and return what the same address claims for other orders.
--
-- units: [[product_id, quantity], …]. in_flight_seconds: how long a claim without a reservation
-- counts. The row of the address is locked first, so requests of one address see each other's
-- claims, one after the other. Claims of settled reservations are deleted, so few are read.
--
-- Returns, named by the first column:
--   claimed_order: the other claims that count: order, customer, product, units;
--   wanted_product: the units on hand of each wanted product;
--   is_reserved: whether the order has a reservation already.
CREATE PROCEDURE IF NOT EXISTS claim_units (
    IN new_order VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN its_address CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN its_customer CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN units LONGTEXT CHARACTER SET utf8mb4, IN in_flight_seconds INT
)
MODIFIES SQL DATA
SQL SECURITY INVOKER
BEGIN
    START TRANSACTION;
    INSERT INTO clients (address, claimed_at) VALUES (its_address, UTC_TIMESTAMP(6))
    ON DUPLICATE KEY UPDATE claimed_at = UTC_TIMESTAMP(6);
    INSERT INTO claims (order_id, product_id, quantity, address, customer, requests, claimed_at)
    SELECT new_order, u.product_id, u.quantity, its_address, its_customer, 1, UTC_TIMESTAMP(6)
    FROM JSON_TABLE(units, '$[*]' COLUMNS (
        product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
        quantity BIGINT PATH '$[1]'
    )) u
    ON DUPLICATE KEY UPDATE
        quantity = GREATEST(claims.quantity, VALUES(quantity)),
        requests = requests + 1, claimed_at = VALUES(claimed_at);
    DELETE c FROM claims c FORCE INDEX (claims_by_address)
    STRAIGHT_JOIN reservations r ON r.order_id = c.order_id AND r.product_id = c.product_id
    WHERE c.address = its_address AND r.state <> 'held';
    SELECT c.order_id AS claimed_order, c.customer, c.product_id, c.quantity
    FROM claims c FORCE INDEX (claims_by_address)
    LEFT JOIN reservations r ON r.order_id = c.order_id AND r.product_id = c.product_id
    WHERE c.address = its_address AND c.order_id <> new_order
      AND (r.state = 'held' OR (
          r.order_id IS NULL
          AND c.claimed_at > UTC_TIMESTAMP(6) - INTERVAL in_flight_seconds SECOND));
    SELECT s.product_id AS wanted_product, s.on_hand
    FROM JSON_TABLE(units, '$[*]' COLUMNS (
        product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]'
    )) u
    STRAIGHT_JOIN stock s ON s.product_id = u.product_id;
    SELECT EXISTS (SELECT 1 FROM reservations WHERE order_id = new_order) AS is_reserved;
    COMMIT;
END;

-- Take back the claim of a request that was refused.
CREATE PROCEDURE IF NOT EXISTS withdraw_claim (
    IN refused_order VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN its_address CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
)
MODIFIES SQL DATA
SQL SECURITY INVOKER
BEGIN
    START TRANSACTION;
    UPDATE claims SET requests = requests - 1
    WHERE order_id = refused_order AND address = its_address;
    DELETE FROM claims
    WHERE order_id = refused_order AND address = its_address AND requests <= 0;
    COMMIT;
END;
