SELECT name, name_ru, name_en FROM payment_methods_t WHERE tenant_id = current_tenant()
