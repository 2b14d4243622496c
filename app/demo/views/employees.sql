SELECT
  e.id, e.name, e.branch_id, COALESCE(b.name, 'Bosh ofis') AS branch, e.position, e.position_ru, e.position_en, e.salary, e.hired_on,
  CASE WHEN e.left_on <= date('now', '+5 hours') THEN e.left_on END AS left_on,
  CASE WHEN e.left_on <= date('now', '+5 hours') THEN 0 ELSE 1 END AS is_active
FROM employees_t AS e
LEFT JOIN branches_t AS b ON b.tenant_id = e.tenant_id AND b.id = e.branch_id
WHERE e.tenant_id = current_tenant() AND e.hired_on <= date('now', '+5 hours')
