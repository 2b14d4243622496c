SELECT id, name, kind, city, registered_on
FROM customers_t
WHERE tenant_id = current_tenant() AND registered_on <= date('now', '+5 hours')
