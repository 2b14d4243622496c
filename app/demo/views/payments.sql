SELECT
  p.id, p.order_id, p.customer_id, c.name AS customer, p.branch_id, b.name AS branch, p.kind, p.method, p.amount, p.issued_on, p.due_date,
  CASE WHEN p.paid_on <= date('now', '+5 hours') THEN p.paid_on END AS paid_on,
  CASE
    WHEN p.paid_on <= date('now', '+5 hours') THEN 'paid'
    WHEN p.due_date < date('now', '+5 hours') THEN 'overdue'
    ELSE 'pending'
  END AS status,
  CASE
    WHEN p.paid_on <= date('now', '+5 hours') THEN 0
    ELSE max(0, CAST(julianday(date('now', '+5 hours')) - julianday(p.due_date) AS INTEGER))
  END AS days_overdue
FROM payments_t AS p
LEFT JOIN branches_t AS b ON b.tenant_id = p.tenant_id AND b.id = p.branch_id
LEFT JOIN customers_t AS c ON c.tenant_id = p.tenant_id AND c.id = p.customer_id
WHERE p.tenant_id = current_tenant() AND p.issued_on <= date('now', '+5 hours')
