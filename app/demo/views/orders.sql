SELECT
  o.id, o.order_date, substr(o.order_date, 1, 7) AS month, o.branch_id, b.name AS branch, b.city, o.customer_id, c.name AS customer,
  c.kind AS customer_kind, o.employee_id, e.name AS seller, o.channel,
  CASE WHEN o.status = 'sold' THEN CASE WHEN o.paid_on <= date('now', '+5 hours') THEN 'paid' ELSE 'open' END ELSE o.status END AS status,
  o.amount
FROM orders_t AS o
LEFT JOIN branches_t AS b ON b.tenant_id = o.tenant_id AND b.id = o.branch_id
LEFT JOIN customers_t AS c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
LEFT JOIN employees_t AS e ON e.tenant_id = o.tenant_id AND e.id = o.employee_id
WHERE o.tenant_id = current_tenant() AND o.order_date <= date('now', '+5 hours')
