SELECT p.id, p.sku, p.name, p.name_ru, p.name_en, p.brand, p.category_id, c.name AS category, p.price, p.cost
FROM products_t AS p
LEFT JOIN categories_t AS c ON c.tenant_id = p.tenant_id AND c.id = p.category_id
WHERE p.tenant_id = current_tenant()
