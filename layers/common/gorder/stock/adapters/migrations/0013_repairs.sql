-- What staff have repaired: the rows that contradicted each other, before and after.
--
-- A repair may change or delete movements that the checkpoint has passed. An audit that adds up the
-- movements compares `repair_number` before and after, to know that none has changed meanwhile.
-- Repairs are made one after the other, under the lock of `stock_audit`, so their numbers are in the
-- sequence of their commits.
CREATE TABLE IF NOT EXISTS stock_repairs (
    repair_number BIGINT       NOT NULL AUTO_INCREMENT,
    repair_id     VARCHAR(64)  NOT NULL,
    subject       VARCHAR(128) NOT NULL,
    rows_before   JSON         NOT NULL,
    rows_after    JSON         NOT NULL,
    reason        VARCHAR(500) NULL,
    repaired_by   VARCHAR(128) NOT NULL,
    repaired_at   DATETIME(6)  NOT NULL DEFAULT CURRENT_TIMESTAMP(6),
    PRIMARY KEY (repair_number),
    UNIQUE KEY stock_repairs_once (repair_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
