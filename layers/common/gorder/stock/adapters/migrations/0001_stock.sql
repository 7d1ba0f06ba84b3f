-- Products, their units, who holds them, and every movement.
--
-- Ids are compared byte by byte (Stripe's are case-sensitive). Times are UTC.
-- There is no foreign key to `stock` or `products`: an insert into a child table takes a shared
-- lock on the parent row, which every buyer of a product wants to update: that is a deadlock.

CREATE TABLE IF NOT EXISTS products (
    product_id  VARCHAR(64)   NOT NULL,
    name        VARCHAR(5000) NOT NULL,
    price_id    VARCHAR(255)  NULL,
    unit_amount BIGINT        NULL,
    currency    CHAR(3)       NULL,
    active      BOOLEAN       NOT NULL,
    updated_at  DATETIME(6)   NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    PRIMARY KEY (product_id),
    CONSTRAINT products_price_whole_or_absent CHECK (
        (price_id IS NULL AND unit_amount IS NULL AND currency IS NULL AND NOT active)
        OR (price_id IS NOT NULL AND unit_amount >= 0 AND currency IS NOT NULL)
    )
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

CREATE TABLE IF NOT EXISTS stock (
    product_id VARCHAR(64) NOT NULL,
    on_hand    BIGINT      NOT NULL DEFAULT 0,
    held       BIGINT      NOT NULL DEFAULT 0,
    PRIMARY KEY (product_id),
    CONSTRAINT stock_never_oversold CHECK (held BETWEEN 0 AND on_hand)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Name and price are those of the moment of reserving: a repeated request gets the first answer.
CREATE TABLE IF NOT EXISTS reservations (
    order_id    VARCHAR(64)   NOT NULL,
    product_id  VARCHAR(64)   NOT NULL,
    quantity    BIGINT        NOT NULL,
    state       VARCHAR(16)   NOT NULL,
    expires_at  DATETIME(6)   NOT NULL,
    name        VARCHAR(5000) NOT NULL,
    price_id    VARCHAR(255)  NOT NULL,
    unit_amount BIGINT        NOT NULL,
    currency    CHAR(3)       NOT NULL,
    reserved_at DATETIME(6)   NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    settled_at  DATETIME(6)   NULL,
    PRIMARY KEY (order_id, product_id),
    CONSTRAINT reservations_state CHECK (state IN ('held', 'confirmed', 'released')),
    CONSTRAINT reservations_quantity CHECK (quantity > 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Append-only. `reference` is the receipt for `received` and the order for the others, so that
-- nothing can be booked twice. It adds up to `stock`:
--   on_hand = received - confirmed, held = reserved - confirmed - released.
CREATE TABLE IF NOT EXISTS stock_movements (
    movement_id BIGINT      NOT NULL AUTO_INCREMENT,
    product_id  VARCHAR(64) NOT NULL,
    kind        VARCHAR(16) NOT NULL,
    reference   VARCHAR(64) NOT NULL,
    quantity    BIGINT      NOT NULL,
    occurred_at DATETIME(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (movement_id),
    UNIQUE KEY stock_movements_once (reference, kind, product_id),
    CONSTRAINT stock_movements_kind CHECK (kind IN ('received', 'reserved', 'confirmed', 'released')),
    CONSTRAINT stock_movements_quantity CHECK (quantity > 0)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One row, which a synchronisation with Stripe updates first: its lock keeps a second one waiting.
CREATE TABLE IF NOT EXISTS catalogue (
    catalogue_id TINYINT     NOT NULL,
    synced_at    DATETIME(6) NULL,
    PRIMARY KEY (catalogue_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT INTO catalogue (catalogue_id) VALUES (1) ON DUPLICATE KEY UPDATE catalogue_id = 1;
