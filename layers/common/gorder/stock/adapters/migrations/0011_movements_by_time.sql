-- A report sums what was wasted and what came back in a time, by the kind of the movement.
--
-- The index is built while the table is read and written. MySQL knows no CREATE INDEX IF NOT EXISTS,
-- so the statement is chosen by what is there.

SET @index_is_there = (
    SELECT COUNT(*) FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'stock_movements'
      AND index_name = 'stock_movements_by_time'
);

SET @create_index = IF(
    @index_is_there, 'DO 0',
    'CREATE INDEX stock_movements_by_time ON stock_movements (kind, occurred_at)
        ALGORITHM = INPLACE LOCK = NONE'
);

PREPARE create_index FROM @create_index;

EXECUTE create_index;

DEALLOCATE PREPARE create_index;
