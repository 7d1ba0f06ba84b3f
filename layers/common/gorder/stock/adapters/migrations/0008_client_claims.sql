-- What each client claims, so that one client holds a few unpaid orders and a share of the stock.
--
-- A claim is written before units are held, and names the order. Units that are held count by the
-- reservation; the quantities of a claim count only until there is one. Addresses and customers are
-- hashes, which change every day; the rows are deleted when they do not count any more.

CREATE TABLE IF NOT EXISTS client_addresses (
    address    CHAR(32)    NOT NULL,
    claimed_at DATETIME(6) NOT NULL,
    PRIMARY KEY (address),
    KEY client_addresses_by_time (claimed_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- A row for each product that a request wants. Each request has a `claim_id` of its own, so that a
-- refused one takes back its own claim only.
CREATE TABLE IF NOT EXISTS claims (
    claim_id   CHAR(32)    NOT NULL,
    product_id VARCHAR(64) NOT NULL,
    quantity   BIGINT      NOT NULL,
    order_id   VARCHAR(64) NOT NULL,
    address    CHAR(32)    NOT NULL,
    customer   CHAR(32)    NOT NULL,
    claimed_at DATETIME(6) NOT NULL,
    PRIMARY KEY (claim_id, product_id),
    KEY claims_by_address (address, order_id),
    KEY claims_by_order (order_id),
    KEY claims_by_time (claimed_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Claim the units of an order, and return what the same address has beside it.
--
-- units: [[product_id, quantity], …]. in_flight_seconds: how long a claim without a reservation
-- counts. The row of the address is locked first, so requests of one address see each other's
-- claims, one after the other. Everything else is read without locks.
--
-- An order is held if its reservation is, and in flight if it has none and its claim is recent.
-- Returns, named by the first column:
--   held_orders: how many orders of the address are held, and how many of them are the customer's;
--     how many are in flight, and how many of them are the customer's;
--   found_product: each wanted product with its units, and the units of it that the address holds
--     and has in flight;
--   is_reserved: whether the order has a reservation already. It is read last: who sees units taken
--     by a repetition of the same request then sees its reservation too.
CREATE PROCEDURE IF NOT EXISTS claim_units (
    IN new_claim CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN new_order VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN its_address CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN its_customer CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN units LONGTEXT CHARACTER SET utf8mb4, IN in_flight_seconds INT
)
MODIFIES SQL DATA
SQL SECURITY INVOKER
BEGIN
    DECLARE oldest DATETIME(6) DEFAULT UTC_TIMESTAMP(6) - INTERVAL in_flight_seconds SECOND;
    START TRANSACTION;
    INSERT INTO client_addresses (address, claimed_at) VALUES (its_address, UTC_TIMESTAMP(6))
    ON DUPLICATE KEY UPDATE claimed_at = UTC_TIMESTAMP(6);
    -- A repeated request of an order that is reserved and claimed adds no row.
    INSERT INTO claims (claim_id, product_id, quantity, order_id, address, customer, claimed_at)
    SELECT new_claim, u.product_id, u.quantity, new_order, its_address, its_customer,
           UTC_TIMESTAMP(6)
    FROM JSON_TABLE(units, '$[*]' COLUMNS (
        product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
        quantity BIGINT PATH '$[1]'
    )) u
    WHERE NOT EXISTS (SELECT 1 FROM reservations r WHERE r.order_id = new_order)
       OR NOT EXISTS (
           SELECT 1 FROM claims k WHERE k.address = its_address AND k.order_id = new_order)
    ON DUPLICATE KEY UPDATE claimed_at = VALUES(claimed_at);
    SELECT COALESCE(SUM(o.is_held), 0) AS held_orders,
           COALESCE(SUM(o.is_held AND o.is_own), 0),
           COALESCE(SUM(o.is_in_flight), 0),
           COALESCE(SUM(o.is_in_flight AND o.is_own), 0)
    FROM (
        SELECT MAX(c.customer = its_customer) AS is_own,
               EXISTS (SELECT 1 FROM reservations r
                       WHERE r.order_id = c.order_id AND r.state = 'held') AS is_held,
               MAX(c.claimed_at) > oldest AND NOT EXISTS (
                   SELECT 1 FROM reservations r WHERE r.order_id = c.order_id) AS is_in_flight
        FROM claims c FORCE INDEX (claims_by_address)
        WHERE c.address = its_address AND c.order_id <> new_order
        GROUP BY c.order_id
    ) o;
    SELECT p.product_id AS found_product, p.name, p.price_id, p.unit_amount, p.currency,
           p.active, p.unusable, COALESCE(s.on_hand, 0), COALESCE(s.held, 0),
           COALESCE((
               SELECT SUM(r.quantity)
               FROM (
                   SELECT DISTINCT c.order_id FROM claims c FORCE INDEX (claims_by_address)
                   WHERE c.address = its_address AND c.order_id <> new_order
               ) o
               STRAIGHT_JOIN reservations r ON r.order_id = o.order_id AND r.state = 'held'
               WHERE r.product_id = p.product_id
           ), 0),
           COALESCE((
               SELECT SUM(f.quantity)
               FROM (
                   SELECT c.product_id, MAX(c.quantity) AS quantity
                   FROM claims c FORCE INDEX (claims_by_address)
                   WHERE c.address = its_address AND c.order_id <> new_order
                     AND c.claimed_at > oldest
                     AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.order_id = c.order_id)
                   GROUP BY c.order_id, c.product_id
               ) f
               WHERE f.product_id = p.product_id
           ), 0)
    FROM JSON_TABLE(units, '$[*]' COLUMNS (
        product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]'
    )) u
    STRAIGHT_JOIN products p ON p.product_id = u.product_id
        AND LENGTH(p.product_id) = LENGTH(u.product_id)
    LEFT JOIN stock s ON s.product_id = p.product_id;
    SELECT EXISTS (SELECT 1 FROM reservations WHERE order_id = new_order) AS is_reserved;
    COMMIT;
END;

-- Take back the claim of a request that was refused. The address is locked first, as above.
CREATE PROCEDURE IF NOT EXISTS withdraw_claim (
    IN refused_claim CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN its_address CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin
)
MODIFIES SQL DATA
SQL SECURITY INVOKER
BEGIN
    DECLARE locked CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
    START TRANSACTION;
    SELECT address INTO locked FROM client_addresses WHERE address = its_address FOR UPDATE;
    DELETE FROM claims WHERE claim_id = refused_claim;
    COMMIT;
END;
