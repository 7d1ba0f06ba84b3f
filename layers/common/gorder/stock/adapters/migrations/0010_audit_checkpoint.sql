-- How far audits have come, so that the next one reads what has moved since.
--
-- A checkpoint adds up the movements up to `movement_id`. Sums are kept by kind, so that a release
-- that knows more kinds can use the sums of the one before. Movements become visible later than
-- their ids are given out, so the checkpoint stays behind every movement that is not old enough.

CREATE TABLE IF NOT EXISTS stock_checkpoints (
    product_id VARCHAR(64) NOT NULL,
    kind       VARCHAR(16) NOT NULL,
    quantity   BIGINT      NOT NULL,
    PRIMARY KEY (product_id, kind)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- One row, whose lock keeps a second audit from moving the checkpoint. `walked_to` is the order at
-- which a full audit ended for lack of time; it is empty if the last one was complete.
CREATE TABLE IF NOT EXISTS stock_audit (
    audit_id    TINYINT     NOT NULL,
    movement_id BIGINT      NOT NULL,
    walked_to   VARCHAR(64) NOT NULL,
    PRIMARY KEY (audit_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

INSERT INTO stock_audit (audit_id, movement_id, walked_to) VALUES (1, 0, '')
ON DUPLICATE KEY UPDATE audit_id = 1;

-- Orders whose reservation may differ from their movements. An audit checks each of them again
-- until it agrees, so a finding does not end when the checkpoint passes it.
CREATE TABLE IF NOT EXISTS suspect_orders (
    order_id VARCHAR(64) NOT NULL,
    PRIMARY KEY (order_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;
