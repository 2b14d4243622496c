SELECT
  s.warehouse_id, w.name AS warehouse, s.product_id, p.sku, p.name AS product, c.name AS category, s.quantity, s.minimum, p.cost,
  s.quantity * p.cost AS value
FROM stock_t AS s
LEFT JOIN warehouses_t AS w ON w.tenant_id = s.tenant_id AND w.id = s.warehouse_id
LEFT JOIN products_t AS p ON p.tenant_id = s.tenant_id AND p.id = s.product_id
LEFT JOIN categories_t AS c ON c.tenant_id = s.tenant_id AND c.id = p.category_id
WHERE s.tenant_id = current_tenant()
