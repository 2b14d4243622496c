SELECT id, name, name_ru, name_en FROM categories_t WHERE tenant_id = current_tenant()
