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

-- Claim the units of an order, if its address is within its limits with what it holds and what it
-- has in flight, if there are enough units, and if they have one currency. Otherwise there is no
-- claim, so a request that is refused does not count for others, and the model decides on what is
-- returned.
--
-- units: [[product_id, quantity], …]. in_flight_seconds: how long a claim without a reservation
-- counts. The other arguments are the limits of a client. The row of the address is locked first, so
-- requests of one address see each other's claims, one after the other. Everything else is read
-- without locks.
--
-- An order is held if its reservation is, and in flight if it has none and its claim is recent. One
-- that has a reservation is not claimed again: it was admitted before. That is read after the units:
-- who sees units taken by a repetition of the same request then sees its reservation too.
--
-- Returns one row: whether the order is claimed, and whether it has a reservation; of the address's
-- other orders, how many are settled, how many are held, how many of these are the customer's, and
-- the same of those in flight; and each wanted product with its units and the units of it that the
-- address holds and has in flight, as JSON. Names are cut, because MariaDB cuts JSON of 1 MB.
CREATE PROCEDURE IF NOT EXISTS claim_units (
    IN new_claim CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN new_order VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN its_address CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN its_customer CHAR(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN units LONGTEXT CHARACTER SET utf8mb4, IN in_flight_seconds INT,
    IN most_of_customer INT, IN most_of_address INT, IN share_percent INT, IN small_share BIGINT
)
MODIFIES SQL DATA
SQL SECURITY INVOKER
BEGIN
    DECLARE oldest DATETIME(6) DEFAULT UTC_TIMESTAMP(6) - INTERVAL in_flight_seconds SECOND;
    DECLARE settled, held, own_held, in_flight, own_in_flight, claimable, currencies INT;
    DECLARE products LONGTEXT CHARACTER SET utf8mb4;
    DECLARE is_reserved, is_claimed BOOLEAN DEFAULT FALSE;
    START TRANSACTION;
    INSERT INTO client_addresses (address, claimed_at) VALUES (its_address, UTC_TIMESTAMP(6))
    ON DUPLICATE KEY UPDATE claimed_at = UTC_TIMESTAMP(6);
    SELECT COALESCE(SUM(o.has_reservation AND NOT o.is_held), 0),
           COALESCE(SUM(o.is_held), 0), COALESCE(SUM(o.is_held AND o.is_own), 0),
           COALESCE(SUM(o.is_recent AND NOT o.has_reservation), 0),
           COALESCE(SUM(o.is_recent AND NOT o.has_reservation AND o.is_own), 0)
    INTO settled, held, own_held, in_flight, own_in_flight
    FROM (
        SELECT MAX(c.customer = its_customer) AS is_own, MAX(c.claimed_at) > oldest AS is_recent,
               EXISTS (SELECT 1 FROM reservations r
                       WHERE r.order_id = c.order_id) AS has_reservation,
               EXISTS (SELECT 1 FROM reservations r
                       WHERE r.order_id = c.order_id AND r.state = 'held') AS is_held
        FROM claims c FORCE INDEX (claims_by_address)
        WHERE c.address = its_address AND c.order_id <> new_order
        GROUP BY c.order_id
    ) o;
    SELECT COUNT(IF(
               p.active AND s.on_hand - s.held >= u.quantity
               AND u.quantity + COALESCE(h.units, 0) + COALESCE(f.units, 0)
                   <= GREATEST(small_share, s.on_hand * share_percent DIV 100), 1, NULL)),
           COUNT(DISTINCT p.currency),
           JSON_ARRAYAGG(JSON_ARRAY(
               p.product_id, LEFT(p.name, 100), p.price_id, p.unit_amount, p.currency, p.active, p.unusable,
               COALESCE(s.on_hand, 0), COALESCE(s.held, 0),
               COALESCE(h.units, 0), COALESCE(f.units, 0)))
    INTO claimable, currencies, products
    FROM JSON_TABLE(units, '$[*]' COLUMNS (
        product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
        quantity BIGINT PATH '$[1]'
    )) u
    STRAIGHT_JOIN products p ON p.product_id = u.product_id
        AND LENGTH(p.product_id) = LENGTH(u.product_id)
    LEFT JOIN stock s ON s.product_id = p.product_id
    LEFT JOIN (
        SELECT r.product_id, CAST(SUM(r.quantity) AS SIGNED) AS units
        FROM (
            SELECT DISTINCT c.order_id FROM claims c FORCE INDEX (claims_by_address)
            WHERE c.address = its_address AND c.order_id <> new_order
        ) o
        STRAIGHT_JOIN reservations r ON r.order_id = o.order_id AND r.state = 'held'
        GROUP BY r.product_id
    ) h ON h.product_id = p.product_id
    LEFT JOIN (
        SELECT o.product_id, CAST(SUM(o.quantity) AS SIGNED) AS units
        FROM (
            SELECT c.product_id, MAX(c.quantity) AS quantity
            FROM claims c FORCE INDEX (claims_by_address)
            WHERE c.address = its_address AND c.order_id <> new_order AND c.claimed_at > oldest
              AND NOT EXISTS (SELECT 1 FROM reservations r WHERE r.order_id = c.order_id)
            GROUP BY c.order_id, c.product_id
        ) o
        GROUP BY o.product_id
    ) f ON f.product_id = p.product_id;
    SET is_reserved = EXISTS (SELECT 1 FROM reservations WHERE order_id = new_order);
    IF NOT is_reserved AND claimable = JSON_LENGTH(units) AND currencies = 1
       AND held + in_flight < most_of_address
       AND own_held + own_in_flight < most_of_customer THEN
        INSERT INTO claims
            (claim_id, product_id, quantity, order_id, address, customer, claimed_at)
        SELECT new_claim, u.product_id, u.quantity, new_order, its_address, its_customer,
               UTC_TIMESTAMP(6)
        FROM JSON_TABLE(units, '$[*]' COLUMNS (
            product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
            quantity BIGINT PATH '$[1]'
        )) u
        ON DUPLICATE KEY UPDATE claimed_at = VALUES(claimed_at);
        SET is_claimed = TRUE;
    ELSE
        DELETE FROM claims WHERE claim_id = new_claim; -- of this call, if its first answer was lost
    END IF;
    SELECT is_claimed, is_reserved, settled, held, own_held, in_flight, own_in_flight, products;
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
