-- What the menu shows of a product besides its name and price, and where it stands on the menu.
--
-- An earlier release leaves these columns as they are when it saves a product.
--
-- MySQL knows no ADD COLUMN IF NOT EXISTS, so the statement is chosen by what is there.

SET @columns_are_there = (
    SELECT COUNT(*) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = 'products' AND column_name = 'menu_position'
);

SET @add_columns = IF(
    @columns_are_there,
    'DO 0',
    'ALTER TABLE products
        ADD COLUMN description VARCHAR(500) NULL,
        ADD COLUMN image VARCHAR(2048) NULL,
        ADD COLUMN category VARCHAR(60) NULL,
        ADD COLUMN menu_position INT NOT NULL DEFAULT 0'
);

PREPARE add_columns FROM @add_columns;

EXECUTE add_columns;

DEALLOCATE PREPARE add_columns;
