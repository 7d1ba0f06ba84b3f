-- A released reservation can be confirmed, and sold units can be returned to stock or written off.
--
-- `retaken` books units that an order holds again after their release. A reservation is retaken,
-- returned or wasted once at most, so the unique key of the movements still excludes repetitions:
--   on_hand = received + returned - confirmed,
--   held = reserved + retaken - confirmed - released,
--   sold = confirmed - returned - wasted.
--
-- The constraints have new names, so that the statement can be chosen by what is there. Adding one
-- reads the whole table, and writes to it wait meanwhile.

SET @constraint_is_there = (
    SELECT COUNT(*) FROM information_schema.table_constraints
    WHERE table_schema = DATABASE() AND table_name = 'reservations'
      AND constraint_name = 'reservations_known_state'
);

SET @change_states = IF(
    @constraint_is_there, 'DO 0',
    'ALTER TABLE reservations DROP CONSTRAINT reservations_state,
        ADD CONSTRAINT reservations_known_state CHECK (
            state IN (''held'', ''confirmed'', ''released'', ''returned'', ''wasted''))'
);

PREPARE change_states FROM @change_states;

EXECUTE change_states;

DEALLOCATE PREPARE change_states;

SET @constraint_is_there = (
    SELECT COUNT(*) FROM information_schema.table_constraints
    WHERE table_schema = DATABASE() AND table_name = 'stock_movements'
      AND constraint_name = 'stock_movements_known_kind'
);

SET @change_kinds = IF(
    @constraint_is_there, 'DO 0',
    'ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_kind,
        ADD CONSTRAINT stock_movements_known_kind CHECK (
            kind IN (''received'', ''reserved'', ''confirmed'', ''released'',
                     ''retaken'', ''returned'', ''wasted''))'
);

PREPARE change_kinds FROM @change_kinds;

EXECUTE change_kinds;

DEALLOCATE PREPARE change_kinds;
