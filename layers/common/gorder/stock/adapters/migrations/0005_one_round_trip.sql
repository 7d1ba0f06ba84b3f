-- Hold, confirm and release in one round trip each.
--
-- A procedure applies the one case that needs no decision. In every other case it changes nothing
-- and returns what is stored, and the model decides. A changed procedure needs a new name, because
-- releases run side by side.
--
-- RDS Proxy does not pin a session for a procedure call, but it does for user variables, so there
-- are none. JSON_TABLE's columns have the collation of the tables, or no index would be used. The
-- server ignores spaces at the end of an id when it compares, so lengths are compared too.

-- Hold every line of orders without a reservation, if each product is active, each order has one
-- currency, and there are enough units.
--
-- hold_lines: [[order_id, product_id, quantity, expires_at], …], sorted.
-- orders: how many orders they are for, if each hold is for another order.
-- units: [[product_id, quantity, order_id], …]: the sum of a product's lines and one of its orders,
-- sorted by product, because rows of `stock` are locked in that sequence.
-- wait_for_locks: whether to wait for a row of `stock` that another transaction has locked.
--
-- Returns one of these, named by the first column:
--   held_product: id, name and price of each product, as JSON, because clients read one column
--     faster than five;
--   unlocked_product: nothing is held, because others have locked the products that are missing;
--   found_product, and then found_order: nothing is held; the products and reservations.
CREATE PROCEDURE IF NOT EXISTS try_hold (
    IN hold_lines LONGTEXT CHARACTER SET utf8mb4, IN orders INT,
    IN units LONGTEXT CHARACTER SET utf8mb4, IN wait_for_locks BOOLEAN
)
MODIFIES SQL DATA
SQL SECURITY INVOKER
BEGIN
    DECLARE outcome VARCHAR(16) DEFAULT 'found';
    DECLARE unlocked, own_lines, own_orders INT;
    attempt: BEGIN
        DECLARE EXIT HANDLER FOR 1062 BEGIN END; -- an order has one of the lines
        START TRANSACTION;
        INSERT INTO reservations (order_id, product_id, quantity, state, expires_at,
                                  name, price_id, unit_amount, currency)
        SELECT h.order_id, p.product_id, h.quantity, 'held', h.expires_at,
               p.name, p.price_id, p.unit_amount, p.currency
        FROM JSON_TABLE(hold_lines, '$[*]' COLUMNS (
            order_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
            product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]',
            quantity BIGINT PATH '$[2]',
            expires_at DATETIME(6) PATH '$[3]'
        )) h
        STRAIGHT_JOIN products p ON p.product_id = h.product_id
            AND LENGTH(p.product_id) = LENGTH(h.product_id) AND p.active
        STRAIGHT_JOIN stock s ON s.product_id = p.product_id AND s.on_hand - s.held >= h.quantity;
        IF ROW_COUNT() <> JSON_LENGTH(hold_lines) THEN
            LEAVE attempt;
        END IF;
        -- An order may have other lines. Reading with locks finds those of a request that has not
        -- committed yet.
        SELECT COUNT(*), COUNT(DISTINCT r.order_id) INTO own_lines, own_orders
        FROM (
            SELECT DISTINCT j.order_id FROM JSON_TABLE(hold_lines, '$[*]' COLUMNS (
                order_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]'
            )) j
        ) h
        STRAIGHT_JOIN reservations r FORCE INDEX (PRIMARY) ON r.order_id = h.order_id FOR UPDATE;
        IF own_lines <> JSON_LENGTH(hold_lines) OR own_orders <> orders THEN
            LEAVE attempt;
        END IF;
        IF JSON_LENGTH(units) > 1 AND EXISTS (
            SELECT 1 FROM JSON_TABLE(hold_lines, '$[*]' COLUMNS (
                order_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
                product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]'
            )) h
            STRAIGHT_JOIN reservations r
                ON r.order_id = h.order_id AND r.product_id = h.product_id
            GROUP BY r.order_id HAVING MIN(r.currency) <> MAX(r.currency)
        ) THEN
            LEAVE attempt;
        END IF;
        INSERT INTO stock_movements (product_id, kind, reference, quantity)
        SELECT h.product_id, 'reserved', h.order_id, h.quantity
        FROM JSON_TABLE(hold_lines, '$[*]' COLUMNS (
            order_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
            product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[1]',
            quantity BIGINT PATH '$[2]'
        )) h;
        IF NOT wait_for_locks THEN
            SELECT COUNT(*) INTO unlocked
            FROM JSON_TABLE(units, '$[*]' COLUMNS (
                product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]'
            )) u
            STRAIGHT_JOIN stock s ON s.product_id = u.product_id FOR UPDATE SKIP LOCKED;
            IF unlocked < JSON_LENGTH(units) THEN
                SET outcome = 'locked';
                LEAVE attempt;
            END IF;
        END IF;
        UPDATE (
            SELECT j.product_id, j.quantity FROM JSON_TABLE(units, '$[*]' COLUMNS (
                product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
                quantity BIGINT PATH '$[1]'
            )) j
        ) u
        STRAIGHT_JOIN stock s ON s.product_id = u.product_id
        SET s.held = s.held + u.quantity
        WHERE s.on_hand - s.held >= u.quantity;
        IF ROW_COUNT() = JSON_LENGTH(units) THEN
            SET outcome = 'held';
        END IF;
    END attempt;
    IF outcome = 'held' THEN
        SELECT JSON_ARRAY(r.product_id, r.name, r.price_id, r.unit_amount, r.currency)
               AS held_product
        FROM JSON_TABLE(units, '$[*]' COLUMNS (
            product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
            order_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[2]'
        )) u
        STRAIGHT_JOIN reservations r ON r.order_id = u.order_id AND r.product_id = u.product_id;
        COMMIT;
    ELSEIF outcome = 'locked' THEN
        SELECT s.product_id AS unlocked_product
        FROM JSON_TABLE(units, '$[*]' COLUMNS (
            product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]'
        )) u
        STRAIGHT_JOIN stock s ON s.product_id = u.product_id FOR UPDATE SKIP LOCKED;
        ROLLBACK;
    ELSE
        ROLLBACK;
        -- Units before reservations: who sees units taken by a repetition of the same request then
        -- sees its reservation too.
        SELECT p.product_id AS found_product, p.name, p.price_id, p.unit_amount, p.currency,
               p.active, p.unusable, COALESCE(s.on_hand, 0), COALESCE(s.held, 0)
        FROM JSON_TABLE(units, '$[*]' COLUMNS (
            product_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]'
        )) u
        STRAIGHT_JOIN products p ON p.product_id = u.product_id
            AND LENGTH(p.product_id) = LENGTH(u.product_id)
        LEFT JOIN stock s ON s.product_id = p.product_id;
        SELECT r.order_id AS found_order, r.state, r.expires_at, r.product_id, r.name, r.quantity,
               r.price_id, r.unit_amount, r.currency
        FROM (
            SELECT DISTINCT j.order_id FROM JSON_TABLE(hold_lines, '$[*]' COLUMNS (
                order_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]'
            )) j
        ) h
        STRAIGHT_JOIN reservations r ON r.order_id = h.order_id
            AND LENGTH(r.order_id) = LENGTH(h.order_id)
        ORDER BY r.order_id, r.product_id;
        ROLLBACK;
    END IF;
END;

-- Hold one line for one order: what `try_hold` does, without the temporary tables of JSON_TABLE.
CREATE PROCEDURE IF NOT EXISTS try_hold_line (
    IN new_order VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN wanted VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN units BIGINT, IN hold_until DATETIME(6), IN wait_for_locks BOOLEAN
)
MODIFIES SQL DATA
SQL SECURITY INVOKER
BEGIN
    DECLARE outcome VARCHAR(16) DEFAULT 'found';
    DECLARE unlocked, own_lines INT;
    DECLARE current_name VARCHAR(5000) CHARACTER SET utf8mb4;
    DECLARE current_price VARCHAR(255) CHARACTER SET utf8mb4;
    DECLARE current_amount BIGINT;
    DECLARE current_currency CHAR(3) CHARACTER SET utf8mb4;
    attempt: BEGIN
        DECLARE EXIT HANDLER FOR 1062 BEGIN END; -- the order has the line
        START TRANSACTION;
        SELECT p.name, p.price_id, p.unit_amount, p.currency
        INTO current_name, current_price, current_amount, current_currency
        FROM products p STRAIGHT_JOIN stock s ON s.product_id = p.product_id
        WHERE p.product_id = wanted AND LENGTH(p.product_id) = LENGTH(wanted) AND p.active
          AND s.on_hand - s.held >= units;
        IF current_price IS NULL THEN
            LEAVE attempt;
        END IF;
        INSERT INTO reservations (order_id, product_id, quantity, state, expires_at,
                                  name, price_id, unit_amount, currency)
        VALUES (new_order, wanted, units, 'held', hold_until,
                current_name, current_price, current_amount, current_currency);
        SELECT COUNT(*) INTO own_lines FROM reservations FORCE INDEX (PRIMARY)
        WHERE order_id = new_order FOR UPDATE;
        IF own_lines <> 1 THEN
            LEAVE attempt;
        END IF;
        INSERT INTO stock_movements (product_id, kind, reference, quantity)
        VALUES (wanted, 'reserved', new_order, units);
        IF NOT wait_for_locks THEN
            SELECT COUNT(*) INTO unlocked FROM stock WHERE product_id = wanted
            FOR UPDATE SKIP LOCKED;
            IF unlocked = 0 THEN
                SET outcome = 'locked';
                LEAVE attempt;
            END IF;
        END IF;
        UPDATE stock SET held = held + units
        WHERE product_id = wanted AND on_hand - held >= units;
        IF ROW_COUNT() = 1 THEN
            SET outcome = 'held';
        END IF;
    END attempt;
    IF outcome = 'held' THEN
        SELECT JSON_ARRAY(wanted, current_name, current_price, current_amount, current_currency)
               AS held_product;
        COMMIT;
    ELSEIF outcome = 'locked' THEN
        ROLLBACK;
        SELECT NULL AS unlocked_product;
    ELSE
        ROLLBACK;
        SELECT p.product_id AS found_product, p.name, p.price_id, p.unit_amount, p.currency,
               p.active, p.unusable, COALESCE(s.on_hand, 0), COALESCE(s.held, 0)
        FROM products p LEFT JOIN stock s ON s.product_id = p.product_id
        WHERE p.product_id = wanted AND LENGTH(p.product_id) = LENGTH(wanted);
        SELECT order_id AS found_order, state, expires_at, product_id, name, quantity,
               price_id, unit_amount, currency
        FROM reservations
        WHERE order_id = new_order AND LENGTH(order_id) = LENGTH(new_order)
        ORDER BY product_id;
        ROLLBACK;
    END IF;
END;

-- Confirm or release a reservation that is held; with `overdue_at`, only if the hold had ended by
-- then. Returns the reservation as it is then, and whether this call has settled it.
CREATE PROCEDURE IF NOT EXISTS try_settle (
    IN wanted_order VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN final_state VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    IN overdue_at DATETIME(6)
)
MODIFIES SQL DATA
SQL SECURITY INVOKER
BEGIN
    DECLARE settled INT;
    START TRANSACTION;
    UPDATE reservations SET state = final_state, settled_at = CURRENT_TIMESTAMP(6)
    WHERE order_id = wanted_order AND LENGTH(order_id) = LENGTH(wanted_order) AND state = 'held'
      AND (overdue_at IS NULL OR expires_at < overdue_at);
    SET settled = ROW_COUNT();
    IF settled > 0 THEN
        INSERT INTO stock_movements (product_id, kind, reference, quantity)
        SELECT product_id, final_state, order_id, quantity
        FROM reservations WHERE order_id = wanted_order;
        UPDATE reservations r STRAIGHT_JOIN stock s ON s.product_id = r.product_id
        SET s.held = s.held - r.quantity,
            s.on_hand = s.on_hand - IF(final_state = 'confirmed', r.quantity, 0)
        WHERE r.order_id = wanted_order;
        IF ROW_COUNT() <> settled THEN
            SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
                'a product of the reservation has no stock row: compare stock with stock_movements';
        END IF;
    END IF;
    SELECT order_id, state, expires_at, product_id, name, quantity,
           price_id, unit_amount, currency, settled > 0
    FROM reservations
    WHERE order_id = wanted_order AND LENGTH(order_id) = LENGTH(wanted_order)
    ORDER BY product_id;
    COMMIT;
END;
