-- Why a product that its source calls active cannot be ordered; NULL if it can, or is not active.
--
-- MySQL knows no ADD COLUMN IF NOT EXISTS, so the statement is chosen by what is there.

SET @column_is_there = (
    SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'products' AND column_name = 'unusable'
);

SET @add_column = IF(
    @column_is_there, 'DO 0', 'ALTER TABLE products ADD COLUMN unusable VARCHAR(255) NULL'
);

PREPARE add_column FROM @add_column;

EXECUTE add_column;

DEALLOCATE PREPARE add_column;
