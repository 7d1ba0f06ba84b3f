-- What staff book: units wasted, returned to sale or counted, with the reason and what was counted;
-- and what staff have paused.
--
-- `reference` is the id of the entry for these kinds. It is in the unique key with the kind, so it
-- collides with no receipt and no order:
--   on_hand = received + restocked + counted_up + returned - confirmed - discarded - counted_down.
-- A count that agrees with the stock is `counted_up` by 0 units.
--
-- MySQL knows no ADD COLUMN IF NOT EXISTS, so the statements are chosen by what is there. The kinds
-- keep the name of their constraint, by which 0007 knows that it was applied. Adding a constraint
-- reads the whole table, and writes to it wait meanwhile.

SET @column_is_there = (
    SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'stock_movements' AND column_name = 'counted'
);

SET @add_columns = IF(
    @column_is_there, 'DO 0',
    'ALTER TABLE stock_movements
        ADD COLUMN reason VARCHAR(500) NULL, ADD COLUMN counted BIGINT NULL'
);

PREPARE add_columns FROM @add_columns;

EXECUTE add_columns;

DEALLOCATE PREPARE add_columns;

SET @units_are_there = (
    SELECT COUNT(*) FROM information_schema.table_constraints
    WHERE table_schema = DATABASE() AND table_name = 'stock_movements'
      AND constraint_name = 'stock_movements_units'
);

SET @earlier_kinds_are_there = (
    SELECT COUNT(*) FROM information_schema.table_constraints
    WHERE table_schema = DATABASE() AND table_name = 'stock_movements'
      AND constraint_name = 'stock_movements_known_kind'
);

SET @drop_kinds = IF(
    @units_are_there OR NOT @earlier_kinds_are_there, 'DO 0',
    'ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_known_kind'
);

PREPARE drop_kinds FROM @drop_kinds;

EXECUTE drop_kinds;

DEALLOCATE PREPARE drop_kinds;

SET @add_kinds = IF(
    @units_are_there, 'DO 0',
    'ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_quantity,
        ADD CONSTRAINT stock_movements_known_kind CHECK (
            kind IN (''received'', ''reserved'', ''confirmed'', ''released'',
                     ''retaken'', ''returned'', ''wasted'',
                     ''discarded'', ''restocked'', ''counted_up'', ''counted_down'')),
        ADD CONSTRAINT stock_movements_units CHECK (
            quantity > 0 OR (quantity = 0 AND kind = ''counted_up''))'
);

PREPARE add_kinds FROM @add_kinds;

EXECUTE add_kinds;

DEALLOCATE PREPARE add_kinds;

-- Pauses of a product, or of the whole shop if `product_id` is NULL. One that has not ended makes its
-- products inactive in `products`, which is all that reservations read. Written under the lock of
-- `catalogue`, so a product has one open pause at most.
CREATE TABLE IF NOT EXISTS pauses (
    pause_id      BIGINT       NOT NULL AUTO_INCREMENT,
    product_id    VARCHAR(64)  NULL,
    paused_at     DATETIME(6)  NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    paused_by     VARCHAR(128) NOT NULL,
    reason        VARCHAR(500) NOT NULL,
    resumed_at    DATETIME(6)  NULL,
    resumed_by    VARCHAR(128) NULL,
    resume_reason VARCHAR(500) NULL,
    PRIMARY KEY (pause_id),
    KEY pauses_by_end (resumed_at)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
