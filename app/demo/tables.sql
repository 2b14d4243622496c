-- Base tables of the demo's business database. Amounts are whole soʻm, dates ISO text. Lines and payments are clustered by
-- tenant and date, because that is how they are read. Tables that views look names up in have no rowid: SQLite reports a table
-- of which only the rowid is used without the view it is read from, and nobody may read a table but from inside a view.
CREATE TABLE branches_t (
  id INTEGER NOT NULL PRIMARY KEY, tenant_id TEXT NOT NULL, name TEXT NOT NULL, name_ru TEXT NOT NULL,
  city TEXT NOT NULL, city_ru TEXT NOT NULL, opened_on TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE warehouses_t (
  id INTEGER NOT NULL PRIMARY KEY, tenant_id TEXT NOT NULL, name TEXT NOT NULL, name_ru TEXT NOT NULL, city TEXT NOT NULL, city_ru TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE categories_t (
  id INTEGER NOT NULL PRIMARY KEY, tenant_id TEXT NOT NULL, name TEXT NOT NULL, name_ru TEXT NOT NULL, name_en TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE products_t (
  id INTEGER NOT NULL PRIMARY KEY, tenant_id TEXT NOT NULL, category_id INTEGER NOT NULL, sku TEXT NOT NULL,
  name TEXT NOT NULL, name_ru TEXT NOT NULL, name_en TEXT NOT NULL, brand TEXT NOT NULL, price INTEGER NOT NULL, cost INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE customers_t (
  id INTEGER NOT NULL PRIMARY KEY, tenant_id TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, city TEXT NOT NULL, registered_on TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE employees_t (
  id INTEGER NOT NULL PRIMARY KEY, tenant_id TEXT NOT NULL, branch_id INTEGER, name TEXT NOT NULL,
  position TEXT NOT NULL, position_ru TEXT NOT NULL, position_en TEXT NOT NULL,
  salary INTEGER NOT NULL, hired_on TEXT NOT NULL, left_on TEXT
) WITHOUT ROWID;
CREATE TABLE orders_t (
  id INTEGER PRIMARY KEY, tenant_id TEXT NOT NULL, order_date TEXT NOT NULL, branch_id INTEGER NOT NULL, customer_id INTEGER,
  employee_id INTEGER NOT NULL, channel TEXT NOT NULL, status TEXT NOT NULL, amount INTEGER NOT NULL, paid_on TEXT
);
CREATE TABLE order_lines_t (
  id INTEGER NOT NULL, tenant_id TEXT NOT NULL, order_date TEXT NOT NULL, order_id INTEGER NOT NULL, branch_id INTEGER NOT NULL,
  customer_id INTEGER, employee_id INTEGER NOT NULL, channel TEXT NOT NULL, status TEXT NOT NULL, product_id INTEGER NOT NULL,
  category_id INTEGER NOT NULL, quantity INTEGER NOT NULL, price INTEGER NOT NULL, discount INTEGER NOT NULL, amount INTEGER NOT NULL,
  cost INTEGER NOT NULL, PRIMARY KEY (tenant_id, order_date, id)
) WITHOUT ROWID;
CREATE TABLE payments_t (
  id INTEGER NOT NULL, tenant_id TEXT NOT NULL, order_id INTEGER NOT NULL, customer_id INTEGER, branch_id INTEGER NOT NULL,
  kind TEXT NOT NULL, method TEXT NOT NULL, amount INTEGER NOT NULL, issued_on TEXT NOT NULL, due_date TEXT NOT NULL, paid_on TEXT,
  PRIMARY KEY (tenant_id, issued_on, id)
) WITHOUT ROWID;
CREATE TABLE stock_t (
  tenant_id TEXT NOT NULL, warehouse_id INTEGER NOT NULL, product_id INTEGER NOT NULL, quantity INTEGER NOT NULL, minimum INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, warehouse_id, product_id)
) WITHOUT ROWID;
CREATE TABLE channels_t (tenant_id TEXT NOT NULL, name TEXT NOT NULL, name_ru TEXT NOT NULL, name_en TEXT NOT NULL, PRIMARY KEY (tenant_id, name));
CREATE TABLE payment_methods_t (
  tenant_id TEXT NOT NULL, name TEXT NOT NULL, name_ru TEXT NOT NULL, name_en TEXT NOT NULL, PRIMARY KEY (tenant_id, name)
);
CREATE TABLE _bichat_views (public_name TEXT PRIMARY KEY, inner_name TEXT NOT NULL);
CREATE TABLE _bichat_demo (end_month TEXT NOT NULL, version INTEGER NOT NULL);
