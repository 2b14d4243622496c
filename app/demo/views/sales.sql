SELECT
  l.id, l.order_id, l.order_date, substr(l.order_date, 1, 7) AS month,
  (CAST(strftime('%w', l.order_date) AS INTEGER) + 6) % 7 + 1 AS weekday, l.branch_id, b.name AS branch, b.city, l.channel,
  l.customer_id, cu.name AS customer, cu.kind AS customer_kind, l.employee_id, e.name AS seller,
  l.product_id, p.name AS product, p.brand, l.category_id, c.name AS category,
  l.quantity, l.price, l.discount, l.amount, l.cost, l.amount - l.cost AS profit
FROM order_lines_t AS l
LEFT JOIN branches_t AS b ON b.tenant_id = l.tenant_id AND b.id = l.branch_id
LEFT JOIN products_t AS p ON p.tenant_id = l.tenant_id AND p.id = l.product_id
LEFT JOIN categories_t AS c ON c.tenant_id = l.tenant_id AND c.id = l.category_id
LEFT JOIN customers_t AS cu ON cu.tenant_id = l.tenant_id AND cu.id = l.customer_id
LEFT JOIN employees_t AS e ON e.tenant_id = l.tenant_id AND e.id = l.employee_id
WHERE l.tenant_id = current_tenant() AND l.order_date <= date('now', '+5 hours') AND l.status = 'sold'
