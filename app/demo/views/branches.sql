SELECT id, name, name_ru, city, city_ru, opened_on FROM branches_t WHERE tenant_id = current_tenant()
