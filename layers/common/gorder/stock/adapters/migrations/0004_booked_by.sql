-- Who booked a receipt; NULL for a movement of an order, or if the request did not say.
--
-- MySQL knows no ADD COLUMN IF NOT EXISTS, so the statement is chosen by what is there.

SET @column_is_there = (
    SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'stock_movements' AND column_name = 'booked_by'
);

SET @add_column = IF(
    @column_is_there, 'DO 0', 'ALTER TABLE stock_movements ADD COLUMN booked_by VARCHAR(128) NULL'
);

PREPARE add_column FROM @add_column;

EXECUTE add_column;

DEALLOCATE PREPARE add_column;
