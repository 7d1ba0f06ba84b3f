-- What release 0.1 wrote: 10 soups and 10 breads received; held, sold and freed: 2 soups and a bread each.

INSERT INTO products (product_id, name, price_id, unit_amount, currency, active, updated_at, unusable) VALUES
    ('bread', 'Bread', 'price_250', 250, 'eur', 1, '2026-11-27 18:59:21.187567', NULL),
    ('soup', 'Soup', 'price_700', 700, 'eur', 1, '2026-11-27 18:59:21.187567', NULL),
    ('stew', 'Stew', NULL, NULL, NULL, 0, '2026-11-27 18:59:21.187567', 'its default price is archived');

INSERT INTO stock (product_id, on_hand, held) VALUES
    ('bread', 9, 1),
    ('soup', 8, 2),
    ('stew', 0, 0);

INSERT INTO reservations (order_id, product_id, quantity, state, expires_at, name, price_id, unit_amount, currency, reserved_at, settled_at) VALUES
    ('freed', 'bread', 1, 'released', '2026-11-23 12:31:00', 'Bread', 'price_250', 250, 'eur', '2026-11-27 18:59:21.266393', '2026-11-27 18:59:21.277381'),
    ('freed', 'soup', 2, 'released', '2026-11-23 12:31:00', 'Soup', 'price_700', 700, 'eur', '2026-11-27 18:59:21.266393', '2026-11-27 18:59:21.277381'),
    ('held', 'bread', 1, 'held', '2026-11-23 12:31:00', 'Bread', 'price_250', 250, 'eur', '2026-11-27 18:59:21.257932', NULL),
    ('held', 'soup', 2, 'held', '2026-11-23 12:31:00', 'Soup', 'price_700', 700, 'eur', '2026-11-27 18:59:21.257932', NULL),
    ('sold', 'bread', 1, 'confirmed', '2026-11-23 12:31:00', 'Bread', 'price_250', 250, 'eur', '2026-11-27 18:59:21.261048', '2026-11-27 18:59:21.272117'),
    ('sold', 'soup', 2, 'confirmed', '2026-11-23 12:31:00', 'Soup', 'price_700', 700, 'eur', '2026-11-27 18:59:21.261048', '2026-11-27 18:59:21.272117');

INSERT INTO stock_movements (movement_id, product_id, kind, reference, quantity, occurred_at) VALUES
    (1, 'soup', 'received', 'opening', 10, '2026-11-27 18:59:21.210819'),
    (2, 'bread', 'received', 'opening', 10, '2026-11-27 18:59:21.244775'),
    (3, 'soup', 'reserved', 'held', 2, '2026-11-27 18:59:21.258507'),
    (4, 'bread', 'reserved', 'held', 1, '2026-11-27 18:59:21.258507'),
    (5, 'soup', 'reserved', 'sold', 2, '2026-11-27 18:59:21.261198'),
    (6, 'bread', 'reserved', 'sold', 1, '2026-11-27 18:59:21.261198'),
    (7, 'soup', 'reserved', 'freed', 2, '2026-11-27 18:59:21.266580'),
    (8, 'bread', 'reserved', 'freed', 1, '2026-11-27 18:59:21.266580'),
    (9, 'bread', 'confirmed', 'sold', 1, '2026-11-27 18:59:21.272393'),
    (10, 'soup', 'confirmed', 'sold', 2, '2026-11-27 18:59:21.272393'),
    (11, 'bread', 'released', 'freed', 1, '2026-11-27 18:59:21.277636'),
    (12, 'soup', 'released', 'freed', 2, '2026-11-27 18:59:21.277636');
