-- The sweep looks for holds that have ended, the oldest first.
--
-- MySQL knows no CREATE INDEX IF NOT EXISTS, so the statement is chosen by what is there.

SET @index_is_there = (
    SELECT COUNT(*) FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = 'reservations'
      AND index_name = 'reservations_by_expiry'
);

SET @create_index = IF(
    @index_is_there, 'DO 0', 'CREATE INDEX reservations_by_expiry ON reservations (state, expires_at)'
);

PREPARE create_index FROM @create_index;

EXECUTE create_index;

DEALLOCATE PREPARE create_index;
