SELECT
  l.id, l.order_id, l.order_date, l.product_id, p.name AS product, l.category_id, c.name AS category,
  l.quantity, l.price, l.discount, l.amount, l.cost
FROM order_lines_t AS l
LEFT JOIN products_t AS p ON p.tenant_id = l.tenant_id AND p.id = l.product_id
LEFT JOIN categories_t AS c ON c.tenant_id = l.tenant_id AND c.id = l.category_id
WHERE l.tenant_id = current_tenant() AND l.order_date <= date('now', '+5 hours')
