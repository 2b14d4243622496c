"""How other people may ask: with their own words, typing errors and shortcuts. Each line: the query, then the question."""

ENGLISH = """
revenue_total | whats our total revnue this month
revenue_total | how much money did we make from sales last month
revenue_total | overall turnover for 2025 please
revenue_total | can you tell me the sales for yesterday
revenue_by_branch | show me sales broken down by store
top_branches | which shop sold the most last month
top_days | what was our busiest day last month
headcount_by_branch | how many people work in Chilonzor
revenue_by_branch | revenue per brnach in october
revenue_by_category | sales split by product categories
revenue_by_category | turnover by catgory this year
revenue_by_month | monthly revenue trend
revenue_by_month | how did our sales change month by month
revenue_by_day | daily revenue for last week
revenue_by_weekday | which weekday brings the most sales
revenue_by_channel | sales by chanel
revenue_by_city | revenue for each city
top_customers | who are our biggest clients
top_customers | top 5 custmers by turnover
new_customers | how many new clients registered last month
inactive_customers | clients who stopped buying from us
gross_profit | whats our gross proft for october
profit_by_branch | gross profit per store
margin_by_category | margins by product group
order_count | number of ordres last week
orders_by_branch | orders per shop
average_basket | average order value for this year
average_basket_by_branch | avg receipt by branch
largest_orders | 10 biggest orders of the month
returns_total | how many returns did we have
cancellations_total | cancelled orders this month
payments_by_method | payments by payment methd
overdue_payments | show overdue paymnts
overdue_by_customer | which clients owe us the most money
overdue_by_branch | overdue debts per branch
top_products_by_revenue | best selling products by revenue
top_products_by_quantity | which items sold the most units
slow_movers | worst selling prodcts
discounts_by_category | total discounts given by category
headcount_by_branch | how many staff does each branch have
payroll_by_branch | total salaries per branch
top_sellers | who are the best sellers this month
revenue_by_customer_kind | sales to companies and private customers last month
stock_below_minimum | which items are running low in the warehouse
stock_value_by_warehouse | how much is the inventory worth
branch_list | list all our branches
"""
RUSSIAN = """
revenue_total | скока мы заработали выручки за прошлый месяц
revenue_total | общая сумма продаж за октябрь
revenue_total | какая у нас выручка в этом году
revenue_total | обьем продаж за вчера
revenue_by_branch | выручка в разрезе филиалов
top_branches | какой магазин больше всех продал в прошлом месяце
top_days | какой день был самым загруженным в прошлом месяце
headcount_by_branch | сколько человек работает в Чиланзаре
revenue_by_branch | продажи по филлиалам
revenue_by_category | выручка по категриям товаров
revenue_by_category | продажи в разрезе категорий за год
revenue_by_month | помесячная выручка
revenue_by_month | как менялась выручка по месяцам
revenue_by_day | выручка по дням за прошлую неделю
revenue_by_weekday | в какой день недели больше всего продаж
revenue_by_channel | продажи по каналам сбыта
revenue_by_city | выручка в каждом городе
top_customers | топ клиентов по обороту
top_customers | самые крупные покупатели
new_customers | сколько новых клиентов появилось в прошлом месяце
inactive_customers | клиенты, которые перестали у нас покупать
gross_profit | валовая прибль за октябрь
profit_by_branch | прибыль в разрезе магазинов
margin_by_category | маржинальность по категориям
order_count | сколько заказов было на прошлой неделе
orders_by_branch | число заказов по магазинам
average_basket | средний чек за этот год
average_basket_by_branch | средний чек в каждом магазине
largest_orders | самые большие заказы месяца
returns_total | сколько было возвратов в этом месяце
cancellations_total | количество отмененных заказов
payments_by_method | оплаты по способам
overdue_payments | покажи просроченые платежи
overdue_by_customer | какие клиенты нам больше всего должны
overdue_by_branch | просроченная задолженность по филиалам
top_products_by_revenue | самые продаваемые товары по выручке
top_products_by_quantity | топ товаров по количеству штук
slow_movers | какие товары плохо продаются
discounts_by_category | скидки по категориям товаров
headcount_by_branch | сколько сотрудников в каждом филиале
payroll_by_branch | расходы на зарплаты по филиалам
top_sellers | лучшие продавцы за прошлый месяц
stock_below_minimum | какие товары заканчиваются на складе
stock_value_by_warehouse | стоимость остатков по складам
branch_list | перечень филиалов
"""
UZBEK = """
revenue_total | oʻtgan oyda jami savdo qancha boʻldi
revenue_total | bu yilgi umumiy tushum
revenue_total | oktyabr oyida qancha sotdik
revenue_total | kechagi savdo qancha
revenue_by_branch | filiallar kesimida savdo
top_branches | qaysi dokon eng kop sotdi
top_days | oʻtgan oyda eng band kun
headcount_by_branch | Chilonzorda nechta odam ishlaydi
revenue_by_branch | filiallar boyicha tushm
revenue_by_category | kategoriyalar kesimida savdo
revenue_by_category | mahsulot guruhlari boʻyicha tushum
revenue_by_month | oylar kesimida savdo
revenue_by_month | savdo dinamikasi oylar boyicha
revenue_by_day | oʻtgan hafta kunlik savdo
revenue_by_weekday | haftaning qaysi kunida savdo eng koʻp
revenue_by_channel | savdo kanallari boyicha sotuv
revenue_by_city | har bir shahar boʻyicha tushum
top_customers | eng katta mijozlarimiz
top_customers | top 5 xaridor tushum boyicha
new_customers | oʻtgan oyda nechta yangi mijoz keldi
inactive_customers | xarid qilishni toxtatgan mijozlar
gross_profit | oktyabrdagi yalpi foyda
profit_by_branch | dokonlar kesimida foyda
margin_by_category | kategoriyalar marjasi
order_count | oʻtgan haftada nechta buyurtma boʻldi
orders_by_branch | dokonlar boyicha buyurtmalar soni
average_basket | bu yilgi oʻrtacha chek
average_basket_by_branch | har bir filialdagi oʻrtacha chek
largest_orders | eng yirik buyurtmalarni koʻrsat
returns_total | bu oyda nechta qaytarish boʻldi
cancellations_total | bekor qilingan buyurtmalar soni
payments_by_method | tolov usullari boyicha tolovlar
overdue_payments | muddati otgan tolovlarni korsat
overdue_by_customer | qaysi mijozlar bizga eng koʻp qarzdor
overdue_by_branch | filiallar boʻyicha qarzdorlik
top_products_by_revenue | tushum boʻyicha eng yaxshi tovarlar
top_products_by_quantity | eng koʻp sotilgan mahsulotlar dona boʻyicha
slow_movers | yomon sotilayotgan tovarlar
discounts_by_category | chegirmalar kategoriyalar boyicha
headcount_by_branch | har bir filialda nechta xodim ishlaydi
payroll_by_branch | filiallar boyicha maosh xarajatlari
top_sellers | oʻtgan oydagi eng yaxshi sotuvchilar
stock_below_minimum | tovarlar kamomadi
shortages_by_warehouse | omborlar boʻyicha kamomad
stock_below_minimum | omborda qaysi tovarlar tugayapti
stock_value_by_warehouse | omborlardagi zaxira qiymati
branch_list | filiallarimiz roʻyxati
"""
DECLINED = """
what is the weather in Tashkent today
forecast revenue for next month
delete all orders
revenue per parking space
what will our sales be in december
write a poem about branches
who won the football match yesterday
what is the dollar exchange rate
employee satisfaction by branch
revenue per square meter
which supplier is the cheapest
how many website visitors did we have
customer complaints last month
drop table sales
what is the capital of France
update the price of tea to 5000
advertising spend by channel
какая погода в Самарканде
прогноз продаж на следующий квартал
удали все заказы
курс доллара на сегодня
сколько стоит доставка до Москвы
выручка на квадратный метр
текучесть кадров по филиалам
расскажи анекдот
сколько налогов мы заплатили
рентабельность рекламы
какой поставщик самый дешевый
измени цену товара
количество жалоб клиентов
bugun ob-havo qanday
kelgusi oy savdo prognozi
barcha buyurtmalarni oʻchir
dollar kursi qancha
yetkazib beruvchilar roʻyxati
mijozlarning shikoyatlari soni
soliqlar qancha toʻlandi
reklama xarajatlari
kvadrat metr boʻyicha tushum
parking joylari soni
"""


def pairs(text: str) -> list[tuple[str, str]]:
    """Return the queries and questions of lines such as `revenue_total | how much did we sell`."""
    split = [line.partition(" | ") for line in text.strip().splitlines()]
    return [(name, question) for name, _, question in split]
