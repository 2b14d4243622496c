SELECT id, name, name_ru, city, city_ru FROM warehouses_t WHERE tenant_id = current_tenant()
