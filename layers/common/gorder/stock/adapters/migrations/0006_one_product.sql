-- Hold lines of one product for several orders, as a batch of the product's queue does: what
-- `try_hold` does, with half of its temporary tables.
--
-- wanted: the product. total: the sum of its lines. The others are the arguments of `try_hold`,
-- which decides on each case that is not applied here. Locks are waited for.
CREATE PROCEDURE IF NOT EXISTS try_hold_product (
    IN wanted VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin, IN total BIGINT,
    IN hold_lines LONGTEXT CHARACTER SET utf8mb4, IN orders INT,
    IN units LONGTEXT CHARACTER SET utf8mb4
)
MODIFIES SQL DATA
SQL SECURITY INVOKER
BEGIN
    DECLARE is_held BOOLEAN DEFAULT FALSE;
    DECLARE current_name VARCHAR(5000) CHARACTER SET utf8mb4;
    DECLARE current_price VARCHAR(255) CHARACTER SET utf8mb4;
    DECLARE current_amount BIGINT;
    DECLARE current_currency CHAR(3) CHARACTER SET utf8mb4;
    attempt: BEGIN
        DECLARE EXIT HANDLER FOR 1062 BEGIN END; -- an order has a line
        START TRANSACTION;
        SELECT p.name, p.price_id, p.unit_amount, p.currency
        INTO current_name, current_price, current_amount, current_currency
        FROM products p STRAIGHT_JOIN stock s ON s.product_id = p.product_id
        WHERE p.product_id = wanted AND LENGTH(p.product_id) = LENGTH(wanted) AND p.active
          AND s.on_hand - s.held >= total;
        IF current_price IS NULL THEN
            LEAVE attempt;
        END IF;
        INSERT INTO reservations (order_id, product_id, quantity, state, expires_at,
                                  name, price_id, unit_amount, currency)
        SELECT h.order_id, wanted, h.quantity, 'held', h.expires_at,
               current_name, current_price, current_amount, current_currency
        FROM JSON_TABLE(hold_lines, '$[*]' COLUMNS (
            order_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]',
            quantity BIGINT PATH '$[2]',
            expires_at DATETIME(6) PATH '$[3]'
        )) h;
        -- An order may have other lines. Their movements exist, which ends the attempt. Reading
        -- with locks finds those of a request that has not committed yet.
        INSERT INTO stock_movements (product_id, kind, reference, quantity)
        SELECT r.product_id, 'reserved', r.order_id, r.quantity
        FROM JSON_TABLE(hold_lines, '$[*]' COLUMNS (
            order_id VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin PATH '$[0]'
        )) h
        STRAIGHT_JOIN reservations r FORCE INDEX (PRIMARY) ON r.order_id = h.order_id FOR UPDATE;
        IF ROW_COUNT() <> orders THEN
            LEAVE attempt;
        END IF;
        UPDATE stock SET held = held + total
        WHERE product_id = wanted AND on_hand - held >= total;
        SET is_held = ROW_COUNT() = 1;
    END attempt;
    IF is_held THEN
        SELECT JSON_ARRAY(wanted, current_name, current_price, current_amount, current_currency)
               AS held_product;
        COMMIT;
    ELSE
        ROLLBACK;
        CALL try_hold(hold_lines, orders, units, TRUE);
    END IF;
END;
