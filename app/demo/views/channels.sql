SELECT name, name_ru, name_en FROM channels_t WHERE tenant_id = current_tenant()
