-- What is left of the movements that retention has deleted: their sums, and with each line of a
-- reservation their kinds.
--
-- The sums, and the movements behind the checkpoint that are left, add up to `stock_checkpoints`. A
-- line's `archived` and the kinds of the movements that are left lead to its state. An order without
-- deleted movements has NULL, which is also what releases before this one insert.
--
-- The column is added last and has no default, so the table is not rewritten. MySQL knows no ADD
-- COLUMN IF NOT EXISTS, so the statement is chosen by what is there.

CREATE TABLE IF NOT EXISTS archived_movements (
    product_id VARCHAR(64) NOT NULL,
    kind       VARCHAR(16) NOT NULL,
    quantity   BIGINT      NOT NULL,
    PRIMARY KEY (product_id, kind)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

SET @column_is_there = (
    SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'reservations' AND column_name = 'archived'
);

SET @add_column = IF(
    @column_is_there, 'DO 0',
    'ALTER TABLE reservations
        ADD COLUMN archived SET(''reserved'', ''released'', ''retaken'', ''confirmed'') NULL'
);

PREPARE add_column FROM @add_column;

EXECUTE add_column;

DEALLOCATE PREPARE add_column;
